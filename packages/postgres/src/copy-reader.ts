import { copyChunkBytes, writeCopyChunk } from './copy-chunk.js';
import type { BatchSink, FlowReader, ReadState } from './result-reader.js';
import { checkHeader, MessageType } from './wire/messages-in.js';
import type { WireBuffer } from './wire/wire-buffer.js';

/** Type and length. */
const HEAD_BYTES = 5;
/** Less room than this at the wire's end is not worth a read. */
const LEAST_ROOM_BYTES = 16_384;

/**
 * Takes CopyData messages, a row each ("COPY Operations" of PostgreSQL's protocol documentation), and puts them as they are,
 * as chunks. The wire keeps to the size of a chunk: a message larger than that is put in pieces, as it arrives.
 */
export class CopyReader implements FlowReader {
  /** Rows that have ended in the chunks put so far, and bytes of all chunks. */
  rowCount = 0;
  byteCount = 0;
  /** Bytes noted but not put yet; they end at the wire's `scanned`. */
  waiting = 0;
  readonly #chunkBytes: number;
  #rows = 0;
  /** Bytes still to come of a message that was begun. */
  #left = 0;
  #dropped = false;

  /** @param chunkBytes bytes after which a chunk is put; it may hold as much more as one message that fits the wire */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  read(wire: WireBuffer, sink: BatchSink): ReadState {
    for (;;) {
      this.#scan(wire);
      if (this.waiting >= this.#chunkBytes) {
        if (!this.flush(wire, sink)) return 'blocked';
        continue;
      }
      const { bytes, scanned, end } = wire;
      if (
        this.#left === 0 &&
        end - scanned >= HEAD_BYTES &&
        bytes[scanned] !== MessageType.copyData
      )
        return 'message';
      if (wire.room >= Math.min(LEAST_ROOM_BYTES, wire.capacity >> 1)) return 'more';
      if (!this.#makeRoom(wire, sink)) return 'blocked';
    }
  }

  flush(wire: WireBuffer, sink: BatchSink): boolean {
    if (this.waiting === 0 || this.#dropped) {
      this.waiting = 0;
      return true;
    }
    if (!sink.ready()) return false;
    const { bytes, scanned } = wire;
    const buffer = sink.source(copyChunkBytes(this.waiting));
    writeCopyChunk(buffer, bytes.subarray(scanned - this.waiting, scanned), this.#left === 0);
    this.byteCount += this.waiting;
    this.rowCount += this.#rows;
    this.waiting = 0;
    this.#rows = 0;
    const { rowCount, byteCount } = this;
    sink.put(buffer, { rowCount, byteCount });
    return true;
  }

  /** What is still to come is read and forgotten: in the middle of a message nothing else can be. */
  drop(): void {
    this.#dropped = true;
    this.waiting = 0;
    this.#rows = 0;
  }

  /** Notes whole messages, and what has arrived of one that was begun, up to the size of a chunk. */
  #scan(wire: WireBuffer): void {
    const { bytes, view, end } = wire;
    const from = wire.scanned;
    const stop = from - this.waiting + this.#chunkBytes;
    let at = from;
    if (this.#left > 0) {
      const taken = Math.min(this.#left, end - at);
      at += taken;
      this.#left -= taken;
      if (this.#left > 0) return this.#note(wire, at);
      this.#rows++;
    }
    while (at < stop && end - at >= HEAD_BYTES && bytes[at] === MessageType.copyData) {
      const length = view.getInt32(at + 1);
      checkHeader(MessageType.copyData, length);
      const next = at + 1 + length;
      if (next > end) break;
      at = next;
      this.#rows++;
    }
    this.#note(wire, at);
  }

  #note(wire: WireBuffer, at: number): void {
    this.waiting += at - wire.scanned;
    wire.scanned = at;
  }

  /** Empties the wire into a chunk and enlarges it to the size of one; a message that fills it alone is begun. */
  #makeRoom(wire: WireBuffer, sink: BatchSink): boolean {
    if (this.waiting === 0 && wire.scanned === 0) {
      const length = wire.view.getInt32(wire.scanned + 1);
      this.#left = 1 + length - (wire.end - wire.scanned);
      this.#note(wire, wire.end);
    }
    if (!this.flush(wire, sink)) return false;
    wire.discardScanned();
    if (wire.capacity < this.#chunkBytes) wire.grow(Math.min(wire.capacity * 2, this.#chunkBytes));
    return true;
  }
}
