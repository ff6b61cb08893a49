/**
 * Flights to the rows of PostgreSQL's binary COPY, one buffer a shard.
 *
 * Binary because it costs the server least: a timestamp is eight bytes to copy, not text to parse. The format: a row is
 * its number of columns (int16), then for each its length in bytes (int32) and its bytes, all big-endian
 * (PostgreSQL's manual, "COPY", "Binary Format").
 */
import type { FlightColumns } from './flights-file.js';

/** What precedes the rows of a binary COPY: signature, flags, and the length of an extension that we do not use. */
export const COPY_HEADER: Uint8Array = Uint8Array.from([
  0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** What follows the last row: a number of columns of −1. */
export const COPY_TRAILER: Uint8Array = Uint8Array.from([0xff, 0xff]);

/** The rows of one shard, ready to be sent. */
export interface EncodedRows {
  readonly rows: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Column count, then date, delay and distance with their lengths: what each row takes besides its two codes. */
const FIXED_BYTES = 2 + 12 + 8 + 8;

/**
 * Splits the flights by origin and encodes each shard's part.
 * @param shardOf the shard of an origin: called once for each distinct one.
 * @returns one entry a shard, in shard order; its bytes are exactly its rows.
 */
export function encodeFlights(
  flights: FlightColumns,
  shardCount: number,
  shardOf: (origin: string) => number,
): EncodedRows[] {
  const codes = new CodeTable(shardOf);
  const origins = codes.lookUp(flights.origin);
  const destinations = codes.lookUp(flights.destination);
  const rows = new Array<number>(shardCount).fill(0);
  const sizes = new Array<number>(shardCount).fill(0);
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row] as Code;
    rows[origin.shard] = (rows[origin.shard] as number) + 1;
    sizes[origin.shard] =
      (sizes[origin.shard] as number) +
      FIXED_BYTES +
      origin.field.length +
      (destinations[row] as Code).field.length;
  }
  const buffers = sizes.map((size) => new Uint8Array(size));
  writeRows(flights, origins, destinations, buffers);
  return buffers.map((bytes, shard) => ({ rows: rows[shard] as number, bytes }));
}

/** An airport's code: where its flights go, and its COPY field (length and text). */
interface Code {
  readonly shard: number;
  readonly field: Uint8Array;
}

class CodeTable {
  readonly #codes: Map<string, Code> = new Map();
  readonly #shardOf: (origin: string) => number;

  constructor(shardOf: (origin: string) => number) {
    this.#shardOf = shardOf;
  }

  lookUp(texts: readonly string[]): Code[] {
    const found = new Array<Code>(texts.length);
    for (let row = 0; row < texts.length; row++) {
      const text = texts[row] as string;
      found[row] = this.#codes.get(text) ?? this.#add(text);
    }
    return found;
  }

  #add(text: string): Code {
    const bytes = new TextEncoder().encode(text);
    const field = new Uint8Array(4 + bytes.length);
    new DataView(field.buffer).setInt32(0, bytes.length);
    field.set(bytes, 4);
    const code = { shard: this.#shardOf(text), field };
    this.#codes.set(text, code);
    return code;
  }
}

function writeRows(
  flights: FlightColumns,
  origins: readonly Code[],
  destinations: readonly Code[],
  buffers: readonly Uint8Array[],
): void {
  const views = buffers.map((bytes) => new DataView(bytes.buffer));
  const offsets = new Int32Array(buffers.length);
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row] as Code;
    const bytes = buffers[origin.shard] as Uint8Array;
    const view = views[origin.shard] as DataView;
    let at = offsets[origin.shard] as number;
    view.setInt16(at, 5);
    const date = flights.date[row] as number;
    view.setInt32(at + 2, 8);
    view.setInt32(at + 6, Math.floor(date / 0x1_0000_0000));
    view.setUint32(at + 10, date >>> 0);
    view.setInt32(at + 14, 4);
    view.setInt32(at + 18, Number(flights.delay[row]));
    view.setInt32(at + 22, 4);
    view.setInt32(at + 26, Number(flights.distance[row]));
    at = writeField(bytes, at + FIXED_BYTES, origin.field);
    offsets[origin.shard] = writeField(bytes, at, (destinations[row] as Code).field);
  }
}

/** A loop, because `set` costs more than copying seven bytes does. */
function writeField(bytes: Uint8Array, at: number, field: Uint8Array): number {
  for (let i = 0; i < field.length; i++) bytes[at + i] = field[i] as number;
  return at + field.length;
}
