/**
 * One connection to a node, plain or TLS, behind one interface: bytes come to an owner, with back pressure; bytes go out.
 * It is we who are the TLS server, on the connection that we dialled.
 */
import { connect, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { TunnelCertificate } from './tunnel-certificate.js';

/** Who reads a line. None of these may throw, and no promise reject. */
export interface LineOwner {
  /**
   * Takes bytes, which are valid until it returns, or until the promise that it returns is settled. No others come before.
   */
  onBytes(bytes: Uint8Array): void | Promise<void>;
  /** The node sends nothing more. */
  onEnd(): void;
  /** The connection is gone; it may be told more than once. */
  onBroken(error: Error): void;
}

export interface LineOptions {
  readonly host: string;
  readonly port: number;
  /** TLS will follow on this line, so what is read must be readable by it. */
  readonly secure: boolean;
  /** Bytes read at a time at most, without TLS. Default 256 KiB. */
  readonly readBytes?: number | undefined;
}

/** Bytes of one read: fewer calls for each byte than with Node's own 64 KiB. */
const READ_BYTES = 262_144;
/** Firewalls forget connections that are silent while a long statement runs. */
const KEEP_ALIVE_MS = 60_000;

export class Line {
  #socket: Socket;
  #owner: LineOwner | undefined;
  /** Bytes that came when nobody owned the line. */
  #unread: Uint8Array | undefined;
  #taking = false;
  #broken: Error | undefined;
  #ended = false;

  /** Dials at once. The first owner hears of what fails. */
  constructor({ host, port, secure, readBytes = READ_BYTES }: LineOptions, owner: LineOwner) {
    this.#owner = owner;
    const onread = {
      buffer: new Uint8Array(readBytes),
      callback: (length: number, bytes: Uint8Array): boolean => {
        this.#take(bytes.subarray(0, length));
        return true;
      },
    };
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      // A node may have said all it will say, and still wait for our answer.
      allowHalfOpen: true,
      // One buffer for all reads: no allocation for each. TLS takes the socket's reads for itself.
      ...(secure ? {} : { onread }),
    });
    if (secure) this.#socket.on('data', this.#onData);
    this.#listen();
  }

  /** Whether nothing can be read or written any more. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  /** Starts TLS, as the server, with bytes that nobody has taken yet. */
  secure({ certificate, key }: TunnelCertificate): void {
    this.#socket.off('data', this.#onData);
    this.#socket.pause();
    if (this.#unread !== undefined) this.#socket.unshift(this.#unread);
    this.#unread = undefined;
    this.#socket = new TLSSocket(this.#socket, {
      isServer: true,
      secureContext: createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }),
    });
    this.#socket.on('data', this.#onData);
    this.#socket.pause();
    // A handshake that fails is told by this event alone.
    this.#socket.on('_tlsError', (error: Error) => this.#break(error));
    this.#listen();
  }

  /** Nobody owns the line, and nothing is read. `unread` is what the last owner did not want. */
  release(unread: Uint8Array): void {
    this.#owner = undefined;
    this.#socket.pause();
    if (unread.length > 0) this.#unread = new Uint8Array(unread);
  }

  /** Reads on for a new owner. What has happened meanwhile is told at once. */
  own(owner: LineOwner): void {
    this.#owner = owner;
    if (this.#broken !== undefined) return owner.onBroken(this.#broken);
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread !== undefined) this.#take(unread);
    if (!this.#taking) this.#socket.resume();
    if (this.#ended) owner.onEnd();
  }

  /** Writes the parts one after the other. False when the line is full: then `drained` says when it is not. */
  write(parts: readonly (Uint8Array | string)[], flushed?: () => void): boolean {
    this.#socket.cork();
    let roomy = true;
    parts.forEach((part, index) => {
      roomy =
        index === parts.length - 1 && flushed !== undefined
          ? this.#socket.write(part, (error) => {
              if (error == null) flushed();
            })
          : this.#socket.write(part);
    });
    this.#socket.uncork();
    return roomy;
  }

  /** There is room again, or there never will be. */
  drained(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  /** Nothing more will be written; what was is sent. */
  end(): void {
    this.#socket.end();
  }

  /** Calls back once nothing has come or gone for so long. */
  onSilence(afterMs: number, silent: () => void): void {
    this.#socket.setTimeout(afterMs, silent);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => this.#take(bytes);

  #take(bytes: Uint8Array): void {
    if (this.#owner === undefined || this.#taking) {
      // A paused socket may still have had bytes on their way to us.
      this.#unread =
        this.#unread === undefined ? new Uint8Array(bytes) : Buffer.concat([this.#unread, bytes]);
      return;
    }
    const taking = this.#owner.onBytes(bytes);
    if (taking === undefined) return;
    this.#taking = true;
    this.#socket.pause();
    void taking.then(() => {
      this.#taking = false;
      const unread = this.#unread;
      this.#unread = undefined;
      if (unread !== undefined) this.#take(unread);
      if (!this.#taking && this.#owner !== undefined) this.#socket.resume();
    });
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('end', () => {
      this.#ended = true;
      this.#owner?.onEnd();
    });
    socket.on('error', (error) => this.#break(error));
    socket.on('close', () => {
      if (socket === this.#socket) this.#break(new Error('the connection is closed'));
    });
  }

  #break(error: Error): void {
    this.#broken ??= error;
    this.#owner?.onBroken(this.#broken);
  }
}
