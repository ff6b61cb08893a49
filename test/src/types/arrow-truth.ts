/** The values of an Arrow column as texts, and the SQL that has the server write the same: neither goes through ours. */
import type { Vector } from 'apache-arrow';
import type { Truth } from './type-samples.js';

/** An expression that gives the exact text of `v`, or NULL where it is NULL. */
export function truthSql(truth: Truth): string {
  const written = {
    // A cast to text would strip blanks, or go its own way; this is what the type's output function writes.
    text: "format('%s', v)",
    number: "format('%s', v)",
    bool: 'v::text',
    float: 'v::float8::text',
    bytes: "encode(v, 'hex')",
    uuid: "replace(v::text, '-', '')",
    days: "(v - date '1970-01-01')::text",
    micros: 'trim_scale(extract(epoch from v) * 1000000)::text',
    decimal: 'v::text',
  }[truth];
  // A composite of NULLs "is null", but it is a value.
  return `case when v is distinct from null then ${written} end`;
}

type Read = (vector: Vector, row: number) => string;

const asWritten: Read = (vector, row) => String(vector.get(row));
const hex: Read = (vector, row) => Buffer.from(vector.get(row) as Uint8Array).toString('hex');
/** Microseconds and days as they lie in memory: `get` would make milliseconds of them. */
const stored: Read = (vector, row) => String(locate(vector, row, 1)[0]);

const READERS: { readonly [truth in Truth]: Read } = {
  text: asWritten,
  number: asWritten,
  bool: asWritten,
  float: (vector, row) => {
    const value = vector.get(row) as number;
    return Object.is(value, -0) ? '-0' : String(value);
  },
  bytes: hex,
  uuid: hex,
  days: stored,
  micros: stored,
  decimal: (vector, row) => {
    const words = Array.from(locate(vector, row, 4)) as number[];
    const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
    return withPoint(BigInt.asIntN(128, unsigned), (vector.type as { scale: number }).scale);
  },
};

/** All values of a column. */
export function arrowTexts(vector: Vector, truth: Truth): (string | null)[] {
  return Array.from({ length: vector.length }, (_, row) =>
    vector.isValid(row) ? READERS[truth](vector, row) : null,
  );
}

/** What the server wrote, in the form that `arrowTexts` has: digits of doubles are JavaScript's. */
export function normalised(text: string | null, truth: Truth): string | null {
  if (text === null || truth !== 'float') return text;
  const value = Number(text);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The words of a row in the memory that the vector is over. */
function locate(vector: Vector, row: number, width: number): ArrayLike<number | bigint> {
  let rest = row;
  for (const { length, values } of vector.data) {
    if (rest < length) {
      const from = rest * width;
      return (values as Int32Array).subarray(from, from + width);
    }
    rest -= length;
  }
  throw new Error(`there is no row ${row}`);
}

function withPoint(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}
