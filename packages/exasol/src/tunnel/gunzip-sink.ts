/** Unpacks gzip (RFC 1952), of one member or several, on its way to a sink. */
import { createGunzip, type Gunzip } from 'node:zlib';
import type { ByteSink } from './byte-sink.js';
import { Malformed } from './malformed.js';

/** Bytes unpacked at a time. */
const PIECE_BYTES = 131_072;

export class GunzipSink {
  readonly #gunzip: Gunzip;
  readonly #ended: Promise<void>;
  #began = false;
  #failure: { readonly cause: unknown } | undefined;
  #reject: ((cause: unknown) => void) | undefined;

  constructor(sink: ByteSink) {
    this.#gunzip = createGunzip({ chunkSize: PIECE_BYTES });
    this.#ended = new Promise((resolve) => {
      this.#gunzip.on('end', resolve);
    });
    this.#gunzip.on('error', (cause) =>
      this.#fail(new Malformed('body', `it is no gzip: ${cause.message}`, { cause })),
    );
    this.#gunzip.on('data', (bytes: Buffer) => this.#put(sink, bytes));
  }

  /**
   * Settles when the bytes are unpacked and the sink has taken what it wants to take before more comes.
   *
   * @throws Malformed, or what the sink throws
   */
  write(bytes: Uint8Array): Promise<void> {
    this.#began = true;
    return this.#unlessFailed((done) => {
      this.#gunzip.write(bytes, () => done());
    });
  }

  /** Settles when the sink has taken everything. Nothing at all is an empty body, whatever it should be packed in. */
  end(): Promise<void> {
    if (!this.#began) return Promise.resolve();
    return this.#unlessFailed((done) => {
      this.#gunzip.end();
      void this.#ended.then(done);
    });
  }

  /** One waits at a time. A race with a promise that lives as long as the stream would keep something of every write. */
  #unlessFailed(begin: (done: () => void) => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#reject = reject;
      if (this.#failure === undefined) begin(resolve);
      else reject(this.#failure.cause);
    });
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#reject?.(this.#failure.cause);
  }

  destroy(): void {
    this.#gunzip.destroy();
  }

  #put(sink: ByteSink, bytes: Uint8Array): void {
    try {
      const taking = sink(bytes);
      if (taking === undefined) return;
      this.#gunzip.pause();
      taking.then(
        () => this.#gunzip.resume(),
        (cause: unknown) => this.#stop(cause),
      );
    } catch (cause) {
      this.#stop(cause);
    }
  }

  #stop(cause: unknown): void {
    this.#fail(cause);
    this.#gunzip.destroy();
  }
}
