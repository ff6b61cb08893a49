import { HELLO, HELLO_REPLY_BYTES, parseHelloReply } from './hello.js';
import { Line, type LineOwner } from './line.js';
import { Tunnel } from './tunnel.js';
import type { TunnelCertificate } from './tunnel-certificate.js';
import { TunnelError, type TunnelErrorCode, type TunnelPhase } from './tunnel-error.js';

export interface OpenTunnelOptions {
  /** A node, and the port of its database: `getHosts` gives the nodes. */
  readonly host: string;
  readonly port: number;
  /** TLS, with us as the server. Without it the tunnel is plain HTTP. */
  readonly certificate?: TunnelCertificate;
  /** For dialling and the hello. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Bytes read from the node at a time at most, without TLS. Default 256 KiB. */
  readonly readBytes?: number;
  /** Ends the tunnel, whatever it does. */
  readonly signal?: AbortSignal;
}

/**
 * Dials a node and makes the connection a tunnel.
 *
 * @throws TunnelError
 */
export function openTunnel(options: OpenTunnelOptions): Promise<Tunnel> {
  return new Promise((resolve, reject) => {
    new Hello(options, resolve, reject);
  });
}

/** Owns the line until the node has answered. */
class Hello implements LineOwner {
  readonly #options: OpenTunnelOptions;
  readonly #line: Line;
  readonly #timer: NodeJS.Timeout;
  readonly #reply: Buffer = Buffer.alloc(HELLO_REPLY_BYTES);
  #length = 0;
  #done = false;

  constructor(
    options: OpenTunnelOptions,
    private readonly resolve: (tunnel: Tunnel) => void,
    private readonly reject: (error: TunnelError) => void,
  ) {
    const { host, port, certificate, readBytes, connectTimeoutMs = 10_000, signal } = options;
    this.#options = options;
    this.#line = new Line({ host, port, secure: certificate !== undefined, readBytes }, this);
    this.#timer = setTimeout(() => {
      this.#fail('connect-failed', `no answer within ${connectTimeoutMs} ms`);
    }, connectTimeoutMs);
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort);
    if (!this.#done) this.#line.write([HELLO]);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#done) return;
    const taken = bytes.subarray(0, HELLO_REPLY_BYTES - this.#length);
    this.#reply.set(taken, this.#length);
    this.#length += taken.length;
    if (this.#length === HELLO_REPLY_BYTES) this.#finish(bytes.subarray(taken.length));
  }

  onEnd(): void {
    this.#fail('malformed-hello', `the node hung up after ${this.#length} bytes of its answer`);
  }

  onBroken(error: Error): void {
    this.#fail('connect-failed', error.message, error);
  }

  readonly #onAbort = (): void => {
    this.#fail('aborted', 'aborted', this.#options.signal?.reason);
  };

  #finish(unread: Uint8Array): void {
    const address = parseHelloReply(this.#reply);
    if (address === undefined) {
      return this.#fail(
        'malformed-hello',
        `the node's answer says no address: ${this.#reply.toString('hex')}`,
      );
    }
    this.#end();
    const { certificate, signal } = this.#options;
    this.#line.release(unread);
    if (certificate !== undefined) this.#line.secure(certificate);
    this.resolve(new Tunnel(this.#line, address, certificate?.pin, signal));
  }

  #fail(code: TunnelErrorCode, what: string, cause?: unknown): void {
    if (this.#done) return;
    this.#end();
    this.#line.destroy();
    const { host, port } = this.#options;
    const phase: TunnelPhase = code === 'connect-failed' ? 'connecting' : 'hello';
    this.reject(
      new TunnelError(what, { code, phase, address: `${host}:${port}`, byteCount: 0, cause }),
    );
  }

  #end(): void {
    this.#done = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }
}
