/** Feeds bytes to a `ResultReader` the way a connection does, in any pieces. For the tests of this package. */
import { type BatchLimits, ResultReader } from '../result-reader.js';
import { WireBuffer } from '../wire/wire-buffer.js';
import { CollectingSink } from './result-columns.js';
import type { SampleColumn } from './sample-columns.js';

export interface Drive {
  readonly columns: readonly SampleColumn[];
  readonly limits: BatchLimits;
  /** Of the wire, at first. */
  readonly capacity: number;
  /** Bytes of the next piece. */
  readonly nextPiece: () => number;
  /** Whether the sink has credit when asked; a second question in a row is always answered yes. */
  readonly hasCredit?: () => boolean;
  /** Whether batches are verified: broken text is no fault of a reader's. */
  readonly verify?: boolean;
}

export interface Driven {
  readonly sink: CollectingSink;
  readonly reader: ResultReader;
  readonly wire: WireBuffer;
  readonly state: 'more' | 'message';
}

/** What a wire may have grown to: it doubles when half of it, or all but 16 kB, is full. */
export function capacityBound({ capacity, limits }: Drive, byteLength: number): number {
  const grown = Math.min(4 * byteLength, 2 * (byteLength + 16_384));
  return Math.max(capacity, limits.maxBytes, grown);
}

export function drive(bytes: Uint8Array, options: Drive, sink = new CollectingSink()): Driven {
  const { columns, limits, capacity, nextPiece, hasCredit = () => true } = options;
  const reader = new ResultReader(
    columns.map(({ description }) => description),
    limits,
  );
  const wire = new WireBuffer(capacity);
  let refused = false;
  sink.schema = reader.schema;
  sink.verify = options.verify ?? true;
  sink.ready = () => {
    refused = !refused && !hasCredit();
    return !refused;
  };
  const flush = (): void => {
    for (let tries = 0; !reader.flush(wire, sink); tries++) {
      if (tries > 1) throw new Error('rows are not flushed though there is credit');
    }
  };
  for (let at = 0, blockedAt = -1; ; ) {
    const state = reader.read(wire, sink);
    if (state === 'blocked') {
      const puts = sink.batchRows.length;
      if (blockedAt === puts) throw new Error('blocked again though there was credit');
      blockedAt = puts;
      continue;
    }
    blockedAt = -1;
    if (state === 'message' || at === bytes.length) {
      flush();
      return { sink, reader, wire, state };
    }
    const taken = wire.append(bytes.subarray(at, at + Math.max(1, nextPiece())));
    if (taken === 0) throw new Error('more is wanted, but there is no room for it');
    at += taken;
  }
}
