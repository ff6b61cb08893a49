/** Pulls bytes from a stream: lines, counted bytes, or whatever is there. */
import type { Duplex } from 'node:stream';

const MAX_LINE_BYTES = 65_536;

export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes taken so far. */
  taken = 0;

  constructor(stream: Duplex) {
    this.#chunks = stream
      .iterator({ destroyOnReturn: false })
      [Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Without the line end; undefined when the stream ends first. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      if (end >= 0) {
        const line = this.#take(end + 1).toString('latin1');
        return line.replace(/\r?\n$/, '');
      }
      if (this.#rest.length > MAX_LINE_BYTES || !(await this.#fill())) return undefined;
    }
  }

  /** At most `most` bytes and at least one; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    if (this.#rest.length === 0 && !(await this.#fill())) return undefined;
    return this.#take(Math.min(most, this.#rest.length));
  }

  #take(length: number): Buffer {
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    this.taken += length;
    return bytes;
  }

  async #fill(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}
