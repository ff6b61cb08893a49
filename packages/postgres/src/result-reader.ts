/**
 * Rows on the wire into batches. Bytes in, batches out: no socket, so that it can be fed any cut of any bytes.
 *
 * The owner appends bytes to `wire` and calls `read`, which takes whole messages up to the first that is no DataRow.
 * Rows stay on the wire, their fields noted, until a batch of them is due: when `maxRows` are noted, when the wire is
 * full, or when the owner asks (`flush`). Then every column is decoded by its kernel, in place, while the bytes are
 * still in the processor's cache. A batch is due but the sink has no credit: `read` returns 'blocked' and takes nothing
 * more until it is called again.
 */
import {
  type BatchFrame,
  type BufferSource,
  layOutBatch,
  layoutOf,
  type Schema,
} from '@millrace/batch';
import type { Kernel } from './types/kernel.js';
import { type ColumnDecoder, columnDecoder } from './types/type-table.js';
import { measureData } from './types/variable-kernels.js';
import { type ColumnDescription, MessageType } from './wire/messages-in.js';
import type { WireFormat } from './wire/messages-out.js';
import { newRowScan, type RowScan, scanRows } from './wire/row-scan.js';
import type { WireBuffer } from './wire/wire-buffer.js';

/** Where batches go, with flow control. */
export interface BatchSink {
  /** Whether a batch may be put now. */
  ready(): boolean;
  /** Takes a batch, laid out by the reader's schema. */
  put(
    buffer: SharedArrayBuffer,
    seen: { readonly rowCount: number; readonly byteCount: number },
  ): void;
  /** Buffers for batches. */
  readonly source: BufferSource;
}

export interface BatchLimits {
  /** Rows of a batch at most. */
  readonly maxRows: number;
  /** Bytes on the wire after which a batch is closed; one row may be larger. */
  readonly maxBytes: number;
}

/** 'more': all whole messages are taken. 'message': the next one is no DataRow. 'blocked': the sink has no credit. */
export type ReadState = 'more' | 'message' | 'blocked';

/** What takes one kind of message from the wire, and gives them to a sink a batch at a time. */
export interface FlowReader {
  read(wire: WireBuffer, sink: BatchSink): ReadState;
  /** Puts what is noted so far. False when the sink has no credit: then nothing is done. */
  flush(wire: WireBuffer, sink: BatchSink): boolean;
  /** Nothing more is wanted: the statement was cancelled or has failed. */
  drop(): void;
  /** How much is noted but not put yet; 0: nothing. */
  readonly waiting: number;
  /** Rows put so far. */
  readonly rowCount: number;
}

/** Less room than this at the wire's end is not worth a read: the batch is closed instead. */
const LEAST_ROOM_BYTES = 16_384;
/** A wire so many times as large as what is on it is given back. */
const OVERSIZE = 8;

export class ResultReader implements FlowReader {
  readonly schema: Schema;
  readonly formats: readonly WireFormat[];
  /** Rows put so far, and bytes of all rows read so far. */
  rowCount = 0;
  byteCount = 0;
  readonly #decoders: readonly ColumnDecoder[];
  readonly #scan: RowScan;
  readonly #limits: BatchLimits;
  readonly #dataBytes: Float64Array;
  /** Where the rows noted so far begin on the wire. */
  #batchStart = 0;
  /** Whether a row larger than a batch has come since the wire was last full. */
  #sawLargeRow = false;

  constructor(columns: readonly ColumnDescription[], limits: BatchLimits) {
    this.#decoders = columns.map(columnDecoder);
    this.formats = this.#decoders.map(({ format }) => format);
    this.schema = {
      fields: columns.map(({ name }, column) => ({
        name,
        type: (this.#decoders[column] as ColumnDecoder).type,
      })),
    };
    this.#scan = newRowScan(columns.length);
    this.#limits = limits;
    this.#dataBytes = new Float64Array(columns.length);
  }

  /** Takes the DataRow messages at `wire.scanned`. */
  read(wire: WireBuffer, sink: BatchSink): ReadState {
    const { maxRows, maxBytes } = this.#limits;
    for (;;) {
      if (this.#scan.rowCount === 0) this.#batchStart = wire.scanned;
      // A wire that one large row has enlarged holds more than a batch.
      const limit = this.#batchStart + maxBytes;
      this.#scanUpTo(wire, Math.min(wire.end, limit), maxRows);
      const isFull = wire.end > limit;
      if (isFull && this.#scan.rowCount === 0) {
        this.#scanUpTo(wire, wire.end, 1);
        this.#sawLargeRow ||= this.#scan.rowCount > 0;
      }
      if (this.#scan.rowCount >= (isFull ? 1 : maxRows)) {
        if (!this.flush(wire, sink)) return 'blocked';
        continue;
      }
      // A whole header of something else, or of a DataRow that is not here yet.
      if (wire.end - wire.scanned >= 5 && wire.bytes[wire.scanned] !== MessageType.dataRow)
        return 'message';
      if (this.#needsRoom(wire) && !this.#makeRoom(wire, sink)) return 'blocked';
      return 'more';
    }
  }

  /** Puts the rows noted so far as a batch. False when the sink has no credit: then nothing is done. */
  flush(wire: WireBuffer, sink: BatchSink): boolean {
    if (this.#scan.rowCount > 0) {
      if (!sink.ready()) return false;
      const frame = this.#decode(wire, sink);
      this.rowCount += frame.rowCount;
      this.#scan.rowCount = 0;
      sink.put(frame.buffer, { rowCount: this.rowCount, byteCount: this.byteCount });
    }
    return true;
  }

  /** Forgets the rows noted so far: their statement was cancelled or has failed. */
  drop(): void {
    this.#scan.rowCount = 0;
  }

  /** Rows that are noted but not in a batch yet. */
  get waiting(): number {
    return this.#scan.rowCount;
  }

  #needsRoom(wire: WireBuffer): boolean {
    return wire.room < Math.min(LEAST_ROOM_BYTES, wire.capacity >> 1);
  }

  /**
   * Empties the wire into a batch; enlarges it while it is small, or when one message fills it: to what the message needs,
   * but at most to twice of what there is, for its length is only a claim. When small rows alone have filled a wire that a
   * large row had enlarged, it gets small again.
   */
  #makeRoom(wire: WireBuffer, sink: BatchSink): boolean {
    const { maxBytes } = this.#limits;
    const hadRows = this.#scan.rowCount > 0;
    if (!this.flush(wire, sink)) return false;
    wire.discardScanned();
    const needed = Math.max(messageBytes(wire), wire.end) + LEAST_ROOM_BYTES;
    if (wire.capacity < maxBytes) wire.grow(Math.min(wire.capacity * 2, maxBytes));
    else if (!hadRows && this.#needsRoom(wire)) wire.grow(Math.min(wire.capacity * 2, needed));
    else if (wire.capacity > OVERSIZE * Math.max(needed, maxBytes) && !this.#sawLargeRow)
      wire.shrink(Math.max(needed, maxBytes));
    this.#sawLargeRow = false;
    return true;
  }

  #scanUpTo(wire: WireBuffer, end: number, maxRows: number): void {
    const from = wire.scanned;
    wire.scanned = scanRows(wire.view, from, end, this.#scan, maxRows);
    this.byteCount += wire.scanned - from;
  }

  #decode(wire: WireBuffer, sink: BatchSink): BatchFrame {
    const rows = { bytes: wire.bytes, view: wire.view, scan: this.#scan };
    const { fields } = this.schema;
    for (let column = 0; column < fields.length; column++) {
      const variable = layoutOf((fields[column] as Schema['fields'][number]).type) === 'variable';
      if (variable) this.#dataBytes[column] = measureData(rows, column);
    }
    const frame = layOutBatch(this.schema, this.#scan.rowCount, this.#dataBytes, sink.source);
    for (let column = 0; column < fields.length; column++) {
      const { decode, type } = this.#decoders[column] as {
        decode: Kernel;
        type: ColumnDecoder['type'];
      };
      decode(rows, column, frame, type);
    }
    return frame;
  }
}

/** What the message at `wire.scanned` takes, as far as it says already. */
function messageBytes({ view, scanned, end }: WireBuffer): number {
  return end - scanned >= 5 ? 1 + view.getInt32(scanned + 1) : 0;
}
