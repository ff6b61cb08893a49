/**
 * Bytes from a server that are not yet consumed. The socket reads straight into the free end; row positions are indexes
 * into `bytes`, so bytes move only when no row before `scanned` waits to be decoded.
 *
 * ```
 * 0 … scanned       whole messages that were looked at (rows of the batch being gathered)
 * scanned … end     not yet looked at
 * end … capacity    free
 * ```
 */
export class WireBuffer {
  bytes: Uint8Array;
  view: DataView;
  scanned = 0;
  end = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  get capacity(): number {
    return this.bytes.length;
  }

  /** Free bytes behind `end`. */
  get room(): number {
    return this.bytes.length - this.end;
  }

  /** Takes in bytes that lie elsewhere. Returns how many fitted. */
  append(chunk: Uint8Array): number {
    const length = Math.min(chunk.length, this.room);
    this.bytes.set(length === chunk.length ? chunk : chunk.subarray(0, length), this.end);
    this.end += length;
    return length;
  }

  /** Drops everything before `scanned` and moves the rest to the front. */
  discardScanned(): void {
    this.bytes.copyWithin(0, this.scanned, this.end);
    this.end -= this.scanned;
    this.scanned = 0;
  }

  /** Enlarges to `capacity` bytes. Positions stay as they are. */
  grow(capacity: number): void {
    if (capacity > this.bytes.length) this.#move(capacity);
  }

  /** Gives memory back that one large message took: `capacity` bytes are left, or as many as hold what is not consumed. */
  shrink(capacity: number): void {
    this.discardScanned();
    const least = Math.max(capacity, this.end);
    if (least < this.bytes.length) this.#move(least);
  }

  #move(capacity: number): void {
    const moved = new Uint8Array(capacity);
    moved.set(this.bytes.subarray(0, this.end));
    this.bytes = moved;
    this.view = new DataView(moved.buffer);
  }
}
