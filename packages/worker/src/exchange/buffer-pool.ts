/** Sizes are rounded up to this, so that a buffer fits the next batch, which is about as large. */
const GRAIN_BYTES = 65_536;

/**
 * Buffers that have come back from a consumer. Fresh shared memory is filled with zeros by the kernel, page by page, as
 * it is first written: using a buffer again is much cheaper.
 */
export class BufferPool {
  readonly #buffers: SharedArrayBuffer[] = [];
  readonly #limit: number;

  /** @param limit buffers kept at most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  give(buffer: SharedArrayBuffer): void {
    if (this.#buffers.length >= this.#limit) this.#buffers.shift();
    this.#buffers.push(buffer);
  }

  take(byteLength: number): SharedArrayBuffer {
    const fitting = this.#buffers.findIndex((buffer) => buffer.byteLength >= byteLength);
    if (fitting >= 0) return this.#buffers.splice(fitting, 1)[0] as SharedArrayBuffer;
    // Small results stay small; large ones get room for the variation between batches.
    if (byteLength <= GRAIN_BYTES) return new SharedArrayBuffer(byteLength);
    return new SharedArrayBuffer(Math.ceil((byteLength * 1.1) / GRAIN_BYTES) * GRAIN_BYTES);
  }
}
