import type { Batch, Value, Vector } from '@millrace/batch';

/**
 * The sum over a batch's rows that the simulated cluster tells of its block: FNV-1a, in 32 bits, of each row's values as text, with
 * U+0001 between them; rows are added modulo 2^32, so their order does not matter.
 */
export function valueSum(batch: Batch): number {
  let sum = 0;
  const values = batch.vectors.map(textOf);
  for (let row = 0; row < batch.rowCount; row++) {
    sum = (sum + fnv1a(values.map((value) => value(row)).join('\u0001'))) % 2 ** 32;
  }
  return sum;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

function textOf(vector: Vector): (row: number) => string {
  const text = writers[vector.type.kind] ?? String;
  return (row) => {
    const value = vector.at(row);
    return value === null ? '' : text(value);
  };
}

const writers: Readonly<Record<string, (value: NonNullable<Value>) => string>> = {
  bool: (value) => (value === true ? '1' : '0'),
  decimal: (value) => String(Number(value)),
  date: (value) => new Date(Number(value) * 86_400_000).toISOString().slice(0, 10),
  timestamp: (value) => {
    const micros = BigInt(value as bigint);
    const second = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19);
    return `${second.replace('T', ' ')}.${String(micros % 1_000_000n).padStart(6, '0')}`;
  },
};
