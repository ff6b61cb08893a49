/** Rows against rows, as bags: floats that are sums within a tolerance, everything else as text. */
import type pg from 'pg';
import { canonical } from './read-text.js';
import type { Freedom } from './statement.js';

export interface MatchOptions {
  readonly fields: readonly Pick<pg.FieldDef, 'name' | 'dataTypeID'>[];
  readonly free: readonly Freedom[];
  /** Whether floats may be results of arithmetic: else they are exact. */
  readonly tolerant: boolean;
  /** A bound of Σ|x| for floats that are summed. */
  readonly magnitude: number;
}

/** Of a float8 sum and of a float4 one, times Σ|x|. */
const TOLERANCE: Readonly<Record<number, number>> = { 701: 1e-12, 700: 1e-5 };
/** Types of which equal values can have different texts, and their arrays. */
const NUMERICS = new Set([1700, 1231]);
const JSONBS = new Set([3802, 3807]);
const INTERVALS = new Set([1186, 1187]);
const BPCHARS = new Set([1042, 1014]);

type Row = readonly unknown[];

/** Rows of `actual` that none of `expected` is equal to, each of which can be taken once. */
export function unmatched(
  expected: readonly Row[],
  actual: readonly Row[],
  options: MatchOptions,
): Row[] {
  const floats = options.tolerant
    ? options.fields.flatMap(({ dataTypeID }, i) => (dataTypeID in TOLERANCE ? [i] : []))
    : [];
  const left = new Map<string, Row[]>();
  for (const row of expected) {
    const key = keyOf(row, floats, options);
    left.set(key, [...(left.get(key) ?? []), row]);
  }
  for (const rows of left.values()) rows.sort(byFloats(floats));
  return [...actual].sort(byFloats(floats)).filter((row) => {
    const candidates = left.get(keyOf(row, floats, options)) ?? [];
    const at = candidates.findIndex((one) => floats.every((i) => near(one[i], row[i], i, options)));
    if (at >= 0) candidates.splice(at, 1);
    return at < 0;
  });
}

function keyOf(row: Row, floats: readonly number[], { fields, free }: MatchOptions): string {
  const cells = row.map((value, i) => {
    if (floats.includes(i) && Number.isFinite(value)) return 'float';
    return freed(canonical(value, fields[i]?.dataTypeID ?? 0), fields[i]?.dataTypeID ?? 0, free);
  });
  return JSON.stringify(cells);
}

/** What stands for all values that are equal to this one. */
function freed(value: unknown, oid: number, free: readonly Freedom[]): unknown {
  if (Array.isArray(value)) {
    const parts = value.map((one) => freed(one, oid, free));
    return free.includes('arrays') ? parts.map((one) => JSON.stringify(one)).sort() : parts;
  }
  if (typeof value !== 'string') return value;
  // An array of a domain is read as text: `pg` does not know its OID.
  if (free.includes('arrays') && /^\{[^{"]*\}$/.test(value)) {
    return value.slice(1, -1).split(',').sort();
  }
  if (free.includes('scale')) {
    if (NUMERICS.has(oid) && value.includes('.')) return value.replace(/\.?0+$/, '');
    if (JSONBS.has(oid)) return value.replace(/(?<=\d)\.0+(?!\d)/g, '');
    if (INTERVALS.has(oid)) return intervalMicros(value);
    if (BPCHARS.has(oid)) return value.trimEnd();
    if (value === '-0') return '0';
  }
  return free.includes('case') ? value.toLowerCase() : value;
}

/** Microseconds of an interval as comparisons see it: a month has 30 days, a day 24 hours (PostgreSQL: interval_cmp_value). */
function intervalMicros(text: string): string {
  const unit = (name: string): number =>
    Number(new RegExp(`(-?\\d+) ${name}`).exec(text)?.[1] ?? 0);
  const days = 30 * (12 * unit('year') + unit('mon')) + unit('day');
  const [, sign = '', hours = '0', minutes = '0', seconds = '0'] =
    /([-+]?)(\d+):(\d+):([\d.]+)/.exec(text) ?? [];
  const micros = (Number(hours) * 60 + Number(minutes)) * 6e7 + Math.round(Number(seconds) * 1e6);
  return String(days * 864e8 + (sign === '-' ? -micros : micros));
}

function near(expected: unknown, actual: unknown, column: number, options: MatchOptions): boolean {
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return Object.is(expected, actual);
  const [a, b] = [expected as number, actual as number];
  const scale = Math.max(Math.abs(a), Math.abs(b), options.magnitude);
  const tolerance = TOLERANCE[options.fields[column]?.dataTypeID ?? 0] ?? 0;
  return a === b || Math.abs(a - b) <= tolerance * scale;
}

function byFloats(floats: readonly number[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const i of floats) {
      const difference = Number(a[i]) - Number(b[i]);
      if (difference !== 0 && !Number.isNaN(difference)) return difference;
    }
    return 0;
  };
}
