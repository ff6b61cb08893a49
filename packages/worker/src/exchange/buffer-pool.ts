import { weigh } from '@millrace/batch';

/** Sizes are rounded up to this, so that a buffer fits the next batch, which is about as large. */
const GRAIN_BYTES = 65_536;
/** More room than this for the next batch is not given. */
const MOST_SPARE_BYTES = 1 << 20;
/** A buffer above this is not taken for a batch that needs a small part of it. */
const LARGE_BYTES = 8 << 20;
const OVERSIZE = 8;

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
    // Not one that a single large row has needed: it would be kept, or held, for a small batch's sake.
    const most = Math.max(byteLength * OVERSIZE, LARGE_BYTES);
    const fitting = this.#buffers.findIndex(
      (buffer) => buffer.byteLength >= byteLength && buffer.byteLength <= most,
    );
    if (fitting >= 0) return this.#buffers.splice(fitting, 1)[0] as SharedArrayBuffer;
    // Small results stay small; large ones get room for the variation between batches.
    if (byteLength <= GRAIN_BYTES) return new SharedArrayBuffer(byteLength);
    const spareBytes = Math.min(byteLength * 0.1, MOST_SPARE_BYTES);
    const grains = Math.ceil((byteLength + spareBytes) / GRAIN_BYTES);
    const buffer = new SharedArrayBuffer(grains * GRAIN_BYTES);
    weigh(buffer, buffer.byteLength);
    return buffer;
  }
}
