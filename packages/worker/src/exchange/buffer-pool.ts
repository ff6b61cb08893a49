/** Sizes are rounded up to this, so that a buffer fits the next batch, which is about as large. */
const GRAIN_BYTES = 65_536;
/** More room than this for the next batch is not given. */
const MOST_SPARE_BYTES = 1 << 20;
const DEFAULT_MOST_BYTES = 8 << 20;

/**
 * Buffers that have come back from a consumer. Fresh shared memory is filled with zeros by the kernel, page by page, as
 * it is first written: using a buffer again is much cheaper.
 */
export class BufferPool {
  readonly #buffers: SharedArrayBuffer[] = [];
  readonly #limit: number;
  readonly #mostBytes: number;

  /**
   * @param limit buffers kept at most
   * @param mostBytes of a buffer that is kept: a larger one was made for one large row
   */
  constructor(limit: number, mostBytes: number = DEFAULT_MOST_BYTES) {
    this.#limit = limit;
    this.#mostBytes = mostBytes;
  }

  give(buffer: SharedArrayBuffer): void {
    if (buffer.byteLength > this.#mostBytes) return;
    if (this.#buffers.length >= this.#limit) this.#buffers.shift();
    this.#buffers.push(buffer);
  }

  take(byteLength: number): SharedArrayBuffer {
    const fitting = this.#buffers.findIndex((buffer) => buffer.byteLength >= byteLength);
    if (fitting >= 0) return this.#buffers.splice(fitting, 1)[0] as SharedArrayBuffer;
    // Small results stay small; large ones get room for the variation between batches.
    if (byteLength <= GRAIN_BYTES) return new SharedArrayBuffer(byteLength);
    const spareBytes = Math.min(byteLength * 0.1, MOST_SPARE_BYTES);
    return new SharedArrayBuffer(Math.ceil((byteLength + spareBytes) / GRAIN_BYTES) * GRAIN_BYTES);
  }
}
