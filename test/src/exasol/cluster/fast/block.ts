/** The rows that a fast node serves again and again: one block of CSV, made once. */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { Json } from '../session/json-writer.js';

export interface FastColumn {
  readonly name: string;
  readonly dataType: { readonly [key: string]: Json | undefined };
}

const text = (size: number): FastColumn['dataType'] => ({
  type: 'VARCHAR',
  size,
  characterSet: 'UTF8',
});

/** Ten columns of mixed types. */
const COLUMNS: readonly FastColumn[] = [
  { name: 'ID', dataType: { type: 'DECIMAL', precision: 18, scale: 0 } },
  { name: 'NAME', dataType: text(100) },
  { name: 'REGISTERED', dataType: { type: 'DATE', size: 4 } },
  { name: 'VISITED', dataType: { type: 'TIMESTAMP', withLocalTimeZone: false, size: 16 } },
  { name: 'ACTIVE', dataType: { type: 'BOOLEAN' } },
  { name: 'RATING', dataType: { type: 'DECIMAL', precision: 10, scale: 5 } },
  { name: 'SCORE', dataType: { type: 'DOUBLE' } },
  { name: 'STATUS', dataType: text(20) },
  { name: 'NOTE', dataType: text(200) },
  { name: 'VISITS', dataType: { type: 'DECIMAL', precision: 9, scale: 0 } },
];

export interface Block {
  readonly columns: readonly FastColumn[];
  readonly rows: number;
  readonly csv: Buffer;
  /** The line of the columns' names. */
  readonly names: Buffer;
}

const two = (n: number): string => String(n).padStart(2, '0');

function field(column: number, row: number): string {
  const day = `2024-${two((row % 12) + 1)}-${two((row % 28) + 1)}`;
  const makers: readonly (() => string)[] = [
    () => String(row * 7_919),
    () => `Name ${(row * 2_654_435_761) % 1_000_003}`.replace(/^.*$/, '"$&"'),
    () => day,
    () =>
      `"${day} ${two(row % 24)}:${two(row % 60)}:${two((row * 7) % 60)}.${String((row * 997) % 1_000_000).padStart(6, '0')}"`,
    () => String(row % 2),
    () => String(((row * 31) % 10_000) / 100),
    () => (row % 11 === 0 ? '' : String((row * 1.37) % 100_000)),
    () => ['ACTIVE', 'PENDING', 'SUSPENDED', 'DISABLED'][row % 4] as string,
    () => (row % 5 === 0 ? `"says ""${row}"", and\nmore"` : `note-${row % 977}`),
    () => String(row % 1_000_000),
  ];
  return (makers[column] as () => string)();
}

/** @param columns how many of the ten; 1 to 10 */
export function makeBlock(rows: number, columns: number): Block {
  const lines = Array.from(
    { length: rows },
    (_, row) =>
      `${Array.from({ length: columns }, (__, column) => field(column, row)).join(',')}\n`,
  );
  return {
    columns: COLUMNS.slice(0, columns),
    rows,
    csv: Buffer.from(lines.join('')),
    names: Buffer.from(
      `${COLUMNS.slice(0, columns)
        .map(({ name }) => name)
        .join(',')}\n`,
    ),
  };
}

/** Bytes as chunks of the transfer encoding, of 65,524 bytes at most each. */
export function framed(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_524) {
    const payload = bytes.subarray(at, at + 65_524);
    parts.push(
      Buffer.from(`${payload.length.toString(16).toUpperCase()}\r\n`),
      payload,
      Buffer.from('\r\n'),
    );
  }
  return Buffer.concat(parts);
}

const FLUSHED = { level: 6, finishFlush: constants.Z_FULL_FLUSH } as const;

/** One gzip member of `times` blocks: each compressed on its own, so that the same bytes can be sent again. */
export class GzipBlock {
  readonly body: Buffer;
  readonly #csv: Buffer;
  readonly #tails = new Map<string, Buffer>();

  constructor(csv: Buffer) {
    this.#csv = csv;
    this.body = framed(deflateRawSync(csv, FLUSHED));
  }

  /** The member's own head, and what comes before the blocks. */
  head(names: Buffer): Buffer {
    const packed = names.length === 0 ? names : deflateRawSync(names, FLUSHED);
    return framed(Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), packed]));
  }

  /** The last, empty block, and the check sum of all. */
  tail(times: number, names: Buffer): Buffer {
    const key = `${times} ${names.length}`;
    const known = this.#tails.get(key);
    if (known !== undefined) return known;
    let sum = crc32(names, 0);
    for (let time = 0; time < times; time += 1) sum = crc32(this.#csv, sum);
    const bytes = Buffer.alloc(10);
    bytes.writeUInt16LE(0x0003, 0);
    bytes.writeUInt32LE(sum, 2);
    bytes.writeUInt32LE((names.length + this.#csv.length * times) % 2 ** 32, 6);
    const tail = framed(bytes);
    this.#tails.set(key, tail);
    return tail;
  }
}
