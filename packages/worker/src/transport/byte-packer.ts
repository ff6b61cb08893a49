/** Small pieces of bytes, copied together into large ones that belong to whoever gets them. */
export class BytePacker {
  readonly #size: number;
  readonly #put: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** @param put gets pieces of `size` bytes, the last one may have less */
  constructor(size: number, put: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>) {
    this.#size = size;
    this.#put = put;
    this.#bytes = new Uint8Array(size);
  }

  /** Takes bytes, which may be used again when it is done. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#at + bytes.length < this.#size) this.#take(bytes);
    else return this.#fill(bytes);
  }

  /** What is left goes out. */
  async end(): Promise<void> {
    if (this.#at > 0) await this.#put(this.#bytes.slice(0, this.#at));
    this.#at = 0;
  }

  async #fill(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      const part = rest.subarray(0, this.#size - this.#at);
      this.#take(part);
      rest = rest.subarray(part.length);
      if (this.#at < this.#size) continue;
      const full = this.#bytes;
      this.#bytes = new Uint8Array(this.#size);
      this.#at = 0;
      await this.#put(full);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
