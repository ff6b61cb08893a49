/** Statements on a real server, read to their end. For the tests of this package. */
import { Batch, type Value, verifyBatch } from '@millrace/batch';
import type { StatementDescription } from '../describe-statement.js';
import type { ServerAddress } from '../open-connection.js';
import type { PostgresConnection } from '../postgres-connection.js';
import { type BatchLimits, type BatchSink, ResultReader } from '../result-reader.js';
import type { Completion } from '../run-statement.js';
import type { TypeChoices } from '../values/type-choices.js';
import { valueReader } from '../values/value-readers.js';
import type { WireParameter } from '../wire/messages-out.js';

export function addressOf(url: string, changes: Partial<ServerAddress> = {}): ServerAddress {
  return { url, connectTimeoutMs: 20_000, session: {}, readBytes: 0, ...changes };
}

/** Keeps every batch it is given. */
export class KeepingSink implements BatchSink {
  readonly batches: Batch[] = [];
  readonly #reader: ResultReader;
  readonly #credit: () => boolean;

  constructor(reader: ResultReader, credit: () => boolean = () => true) {
    this.#reader = reader;
    this.#credit = credit;
  }

  ready(): boolean {
    return this.#credit();
  }

  put(buffer: SharedArrayBuffer): void {
    verifyBatch(this.#reader.schema, buffer);
    this.batches.push(new Batch(this.#reader.schema, buffer));
  }

  source(byteLength: number): SharedArrayBuffer {
    return new SharedArrayBuffer(byteLength);
  }
}

export interface SqlResult {
  readonly description: StatementDescription;
  readonly completion: Completion;
  readonly batches: readonly Batch[];
  /** Values by `Vector.at`. */
  readonly exact: () => Value[][];
  /** Values by the readers, a few rows at a time. */
  readonly values: (choices?: TypeChoices) => unknown[][];
}

export interface RunOptions {
  readonly parameters?: readonly WireParameter[];
  readonly limits?: BatchLimits;
}

export async function runSql(
  connection: PostgresConnection,
  sql: string,
  { parameters = [], limits = { maxRows: 65_536, maxBytes: 1 << 20 } }: RunOptions = {},
): Promise<SqlResult> {
  const description = await connection.describe(sql);
  const reader = new ResultReader(description.columns, limits);
  const sink = new KeepingSink(reader);
  const completion = await connection.run({ sql, parameters, description, reader, sink });
  const { batches } = sink;
  return {
    description,
    completion,
    batches,
    exact: () => batches.flatMap(exactRows),
    values: (choices) => batches.flatMap((batch) => readRows(batch, description, choices)),
  };
}

function exactRows({ rowCount, vectors }: Batch): Value[][] {
  return Array.from({ length: rowCount }, (_, row) => vectors.map((vector) => vector.at(row)));
}

/** Ranges of a size that divides no number of rows in the tests. */
const RANGE_ROWS = 37;

function readRows(
  { rowCount, vectors }: Batch,
  { columns }: StatementDescription,
  choices: TypeChoices | undefined,
): unknown[][] {
  const rows: unknown[][] = Array.from({ length: rowCount }, () => []);
  columns.forEach((column, i) => {
    const read = valueReader(column, choices);
    for (let from = 0; from < rowCount; from += RANGE_ROWS) {
      const to = Math.min(from + RANGE_ROWS, rowCount);
      const out: unknown[] = [];
      read(vectors[i]!, { from, to }, out);
      for (let row = from; row < to; row++) rows[row]![i] = out[row - from];
    }
  });
  return rows;
}

/** A statement whose rows are the given literals, in their order, as one column `v` of a type. */
export function selectLiterals(type: string, literals: readonly (string | null)[]): string {
  const rows = literals.map(
    (literal, i) => `(${i}, ${literal === null ? 'null' : `'${literal.replaceAll("'", "''")}'`})`,
  );
  return `select v::${type} as v from (values (-1, ''::text), ${rows.join(', ')}) t(i, v) where i >= 0 order by i`;
}
