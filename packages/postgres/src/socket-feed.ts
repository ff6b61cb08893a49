/**
 * A socket whose bytes go first to `pg`, while it logs in, and then straight into a connection's wire buffer.
 *
 * Node can read a socket into memory of our choice (`onread`): no chunk is allocated and none is copied. Under TLS the
 * plain bytes come as chunks, and are copied once.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionError } from './errors.js';
import type { WireBuffer } from './wire/wire-buffer.js';

/** Who owns the bytes after the login. */
export interface FeedOwner {
  wire(): WireBuffer;
  /** Bytes have been added to the wire. Calls `pause` on the feed to stop them. */
  received(): void;
  lost(error: ConnectionError): void;
}

export interface SocketFeedOptions {
  /** Bytes of one read at most; 0 for no limit. A small number makes every message arrive in pieces. */
  readonly readBytes: number;
}

/** A server that has been told goodbye has so long to hang up. */
const GOODBYE_MS = 1000;
/** Where bytes land that nobody has room for at the moment. */
const SPARE_BYTES = 65_536;

export class SocketFeed {
  /** What `pg` connects: the plain socket, also under TLS. */
  readonly socket: Socket;
  /** Settles when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #readBytes: number;
  #stream: Duplex;
  #owner: FeedOwner | undefined;
  #paused = false;
  #draining = false;
  #rest: Uint8Array | undefined;
  #spare: Uint8Array | undefined;
  #failure: Error | undefined;

  constructor({ readBytes }: SocketFeedOptions) {
    this.#readBytes = readBytes;
    const onread = {
      buffer: (): Uint8Array => this.#place(),
      callback: (length: number, bytes: Uint8Array): boolean => this.#onRead(length, bytes),
    };
    // Not in @types/node: a function as buffer ("onread" of net.Socket's documentation), and onread in the constructor.
    this.socket = new Socket({ onread } as unknown as ConstructorParameters<typeof Socket>[0]);
    this.#stream = this.socket;
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** Takes the bytes over from `pg`: `stream` is the socket, or the TLS stream over it. The session must be idle. */
  takeOver(stream: Duplex): void {
    this.#stream = stream;
    stream.removeAllListeners('data');
    if (stream !== this.socket) stream.on('data', (chunk: Uint8Array) => this.#onChunk(chunk));
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
    stream.once('close', () => this.#owner?.lost(lostConnection(this.#failure)));
  }

  attach(owner: FeedOwner): void {
    this.#owner = owner;
  }

  /** @param written called when the bytes are no longer needed: the system has them, or cannot have them */
  write(bytes: Uint8Array, written?: () => void): void {
    this.#stream.write(bytes, written && ((): void => written()));
  }

  /** Stops reading: the server waits when its buffers are full. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#drain();
    if (!this.#paused) this.#stream.resume();
  }

  /** Sends the last bytes and closes. */
  end(bytes: Uint8Array): void {
    this.#stream.end(bytes);
    // A paused socket would never see the server's end of the line.
    this.#owner = undefined;
    this.#stream.resume();
    const timer = setTimeout(() => this.#stream.destroy(), GOODBYE_MS);
    this.socket.once('close', () => clearTimeout(timer));
  }

  destroy(): void {
    this.#owner = undefined;
    if (!this.#stream.writableEnded) this.#stream.destroy();
  }

  /** Memory for the next read. */
  #place(): Uint8Array {
    const wire = this.#owner?.wire();
    if (wire === undefined || this.#paused || wire.room === 0) {
      this.#spare ??= new Uint8Array(SPARE_BYTES);
      return this.#limit(this.#spare);
    }
    return this.#limit(wire.bytes.subarray(wire.end));
  }

  #limit(place: Uint8Array): Uint8Array {
    return this.#readBytes > 0 ? place.subarray(0, this.#readBytes) : place;
  }

  #onRead(length: number, place: Uint8Array): boolean {
    const owner = this.#owner;
    if (owner === undefined) {
      // Still `pg`'s: a copy, for the memory is read into again.
      this.socket.emit('data', Buffer.from(place.subarray(0, length)));
      return true;
    }
    const wire = owner.wire();
    if (
      place.buffer === wire.bytes.buffer &&
      place.byteOffset === wire.bytes.byteOffset + wire.end
    ) {
      wire.end += length;
      owner.received();
    } else this.#onChunk(place.slice(0, length));
    return true;
  }

  #onChunk(chunk: Uint8Array): void {
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#drain();
  }

  /** Hands over bytes that did not go straight to the wire, as far as they are taken. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#rest !== undefined && !this.#paused && this.#owner !== undefined) {
      const taken: number = this.#owner.wire().append(this.#limit(this.#rest));
      this.#rest = taken < this.#rest.length ? this.#rest.subarray(taken) : undefined;
      this.#owner.received();
    }
    this.#draining = false;
  }
}

function lostConnection(cause: Error | undefined): ConnectionError {
  if (cause === undefined) return new ConnectionError('The server closed the connection');
  const { code } = cause as NodeJS.ErrnoException;
  return new ConnectionError(`The connection was lost: ${cause.message}`, {
    ...(code && { code }),
    cause,
  });
}
