/** What a stream of DataRow messages says, read the slow and obvious way: the oracle for `ResultReader`. */
import type { Value } from '@millrace/batch';
import { MOST_MESSAGE_BYTES } from '../wire/messages-in.js';
import type { SampleColumn } from './sample-columns.js';

export interface NaiveResult {
  readonly rows: Value[][];
  /** Why reading stopped: the bytes end, another message comes, or a row is broken. */
  readonly end: 'more' | 'message' | 'broken';
}

export function decodeNaively(bytes: Buffer, columns: readonly SampleColumn[]): NaiveResult {
  const rows: Value[][] = [];
  for (let at = 0; ; ) {
    const left = bytes.subarray(at);
    if (left.length < 5) return { rows, end: 'more' };
    if (left[0] !== 0x44) return { rows, end: 'message' };
    if (left.length < 7) return { rows, end: 'more' };
    const length = left.readInt32BE(1);
    if (length + 1 > left.length)
      return { rows, end: length + 1 > MOST_MESSAGE_BYTES ? 'broken' : 'more' };
    const row = length >= 6 ? decodeRow(left.subarray(5, length + 1), columns) : undefined;
    if (row === undefined) return { rows, end: 'broken' };
    rows.push(row);
    at += length + 1;
  }
}

function decodeRow(body: Buffer, columns: readonly SampleColumn[]): Value[] | undefined {
  if (body.readUInt16BE(0) !== columns.length) return undefined;
  const row: Value[] = [];
  let at = 2;
  for (const { decode } of columns) {
    if (at + 4 > body.length) return undefined;
    const length = body.readInt32BE(at);
    at += 4;
    if (length < -1 || at + length > body.length) return undefined;
    const value = length === -1 ? null : decode(body.subarray(at, at + length));
    if (value === undefined) return undefined;
    row.push(value);
    at += Math.max(length, 0);
  }
  return at === body.length ? row : undefined;
}

/** Rows as text that tells all values apart: compared much faster than values. */
export function fingerprint(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map(fingerprintOf).join('|')).join('\n');
}

function fingerprintOf(value: unknown): string {
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : String(value);
}
