/** An answer against the oracle's: what differs, in words; undefined where nothing does. */
import type { FieldDescription } from '@millrace/engine';
import type pg from 'pg';
import type { OracleAnswer, OracleError } from './oracle.js';
import { type MatchOptions, unmatched } from './row-match.js';
import type { Statement } from './statement.js';

export interface Answer {
  readonly fields: readonly FieldDescription[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface CompareOptions {
  /** A bound of Σ|x| of any float column. */
  readonly magnitude: number;
  /** Names of the types that only the oracle, or only the shards, know by this OID. */
  typeName(side: 'oracle' | 'shards', oid: number): Promise<string>;
}

/** Types from here on are a user's own, and have another OID on each server (PostgreSQL: access/transam.h). */
const FIRST_OWN_OID = 16384;
/** Said of parameters in words of ours: the server's speak of its protocol. */
const PROTOCOL_VIOLATION = '08P01';
/** What makes a float depend on the order of its rows. */
const SUMMING = /\b(sum|avg|stddev\w*|var\w*|covar\w*|corr|regr_\w+|percentile_cont)\s*\(/i;

const SET_OPERATION = /\b(union|intersect|except)\b/i;

export async function differenceOf(
  statement: Statement,
  expected: OracleAnswer,
  actual: Answer,
  options: CompareOptions,
): Promise<string | undefined> {
  const fields = await fieldDifference(
    expected.fields,
    described(statement, expected.fields, actual.fields),
    options,
  );
  if (fields !== undefined) return fields;
  if (expected.rows.length !== actual.rows.length) {
    return `${actual.rows.length} rows instead of ${expected.rows.length}: ${shown(actual.rows)} instead of ${shown(expected.rows)}`;
  }
  return rowDifference(expected, actual.rows, {
    fields: expected.fields,
    free: statement.free ?? [],
    tolerant: SUMMING.test(statement.sql),
    magnitude: statement.magnitude ?? options.magnitude,
  });
}

/**
 * The columns of a set operation as the oracle describes them: whose arms have different modifiers has none where a
 * statement is described, but that of the first arm where a plan is, as `pg` asks (PostgreSQL: plancache.c and pquery.c).
 */
function described(
  { sql }: Statement,
  expected: readonly pg.FieldDef[],
  actual: readonly FieldDescription[],
): readonly FieldDescription[] {
  if (!SET_OPERATION.test(sql)) return actual;
  return actual.map((field, i) => {
    const modifier = expected[i]?.dataTypeModifier ?? -1;
    return field.dataTypeModifier === -1 ? { ...field, dataTypeModifier: modifier } : field;
  });
}

async function fieldDifference(
  expected: readonly pg.FieldDef[],
  actual: readonly FieldDescription[],
  { typeName }: CompareOptions,
): Promise<string | undefined> {
  const describe = async (
    side: 'oracle' | 'shards',
    fields: readonly (pg.FieldDef | FieldDescription)[],
  ): Promise<string[]> => {
    const described: string[] = [];
    // One after the other: the oracle is one connection.
    for (const { name, dataTypeID, dataTypeModifier } of fields) {
      const type = dataTypeID < FIRST_OWN_OID ? dataTypeID : await typeName(side, dataTypeID);
      described.push(`${name} ${type}(${dataTypeModifier})`);
    }
    return described;
  };
  const [ours, theirs] = await Promise.all([
    describe('shards', actual),
    describe('oracle', expected),
  ]);
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return undefined;
  return `columns ${ours.join(', ')} instead of ${theirs.join(', ')}`;
}

/** Groups one after the other; of the first and the last one, which the window may cut, any rows will do. */
function rowDifference(
  { groups, skipped }: OracleAnswer,
  rows: readonly (readonly unknown[])[],
  options: MatchOptions,
): string | undefined {
  let start = 0;
  let taken = 0;
  for (const group of groups) {
    const end = start + group.length;
    const count = Math.min(end, skipped + rows.length) - Math.max(start, skipped);
    if (count > 0) {
      const ours = rows.slice(taken, taken + count);
      const [strange] = unmatched(group, ours, options);
      if (strange !== undefined) {
        const place = groups.length > 1 ? ` at row ${taken + 1}` : '';
        return `${shown([strange])}${place}, where there should be ${shown(missing(group, ours, options))}`;
      }
      taken += count;
    }
    start = end;
  }
  return undefined;
}

function missing(
  group: readonly (readonly unknown[])[],
  rows: readonly (readonly unknown[])[],
  options: MatchOptions,
): readonly (readonly unknown[])[] {
  return unmatched(rows, group, options);
}

function shown(rows: readonly (readonly unknown[])[]): string {
  const text = rows
    .slice(0, 3)
    .map((row) => JSON.stringify(row))
    .join(' ');
  return `${text.slice(0, 600)}${rows.length > 3 ? ' …' : ''}`;
}

/** SQLSTATE and message must be the oracle's. */
export function compareErrors(
  actual: Error & { code?: string },
  expected: OracleError | undefined,
): string | undefined {
  if (expected === undefined) return `the error ${actual.code} ${actual.message}`;
  const isSame = actual.code === expected.code && actual.message === expected.message;
  const isOurs = actual.code === PROTOCOL_VIOLATION && expected.code === PROTOCOL_VIOLATION;
  if (isSame || isOurs) return undefined;
  return `the error ${actual.code} ${actual.message} instead of ${expected.code} ${expected.message}`;
}
