import type { AggregateCall } from '@millrace/operators';
import { expect } from 'vitest';
import type { Columns } from './merge-parts.js';

export interface Case {
  readonly title: string;
  readonly call: AggregateCall;
  /** Columns of the arguments. */
  readonly arguments: readonly string[];
}

/** Text for text; floats but for the last digits, which depend on the order of the sum; of equal values, any. */
export function expectSame(answer: Columns, truth: Columns, given: Case, how: string): void {
  expect(answer.types.at(-1), `${given.title}, ${how}`).toEqual(truth.types.at(-1));
  const rows = new Map(answer.rows.map((row) => [row.length > 1 ? row[0] : 0, row.at(-1) ?? null]));
  expect(rows.size, `${given.title}, ${how}`).toBe(truth.rows.length);
  for (const row of truth.rows) {
    const key = row.length > 1 ? row[0] : 0;
    expectValue(rows.get(key), row.at(-1), given, `${given.title}, ${how}, group ${String(key)}`);
  }
}

function expectValue(value: unknown, expected: unknown, given: Case, where: string): void {
  if (given.call.name === 'any_value') {
    expect(value === null, where).toBe(expected === null);
    return;
  }
  const float = given.call.argumentTypes[0]?.startsWith('float');
  if (float && typeof expected === 'number' && Number.isFinite(expected)) {
    const single = given.call.argumentTypes[0] === 'float4';
    const tolerance = (single ? 1e-4 : 1e-9) * Math.max(1, Math.abs(expected));
    const difference = Math.abs((value as number) - expected);
    expect(difference, `${where}: ${String(value)}, not ${expected}`).toBeLessThanOrEqual(
      tolerance,
    );
  } else if (/^(min|max)$/.test(given.call.name) && given.call.argumentTypes[0] === 'numeric') {
    expect(withoutZeros(value), where).toEqual(withoutZeros(expected));
  } else expect(value, where).toEqual(expected);
}

/** 1.50 and 1.5 are equal: which of them represents a group is free. */
function withoutZeros(text: unknown): unknown {
  return typeof text === 'string' && text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
