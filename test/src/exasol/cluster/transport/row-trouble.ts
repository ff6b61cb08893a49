/** A value that PostgreSQL could not take, as the database says it: by file and row. */
import { DatabaseError } from 'pg';
import { ExasolError } from '../exasol-error.js';
import type { TransportFile } from '../sql/transport-statement.js';

/** Where the rows of the COPY came from: rows from `first` on (from 1) are rows of that file from `row` on (from 0). */
export interface Origin {
  readonly first: number;
  readonly file: TransportFile;
  readonly row: number;
}

/** Anything else comes back as it is. */
export function rowTrouble(error: unknown, origins: readonly Origin[]): unknown {
  if (!(error instanceof DatabaseError) || !/^22|^23502/.test(error.code ?? '')) return error;
  const [, line, column, value] =
    /, line (\d+)(?:, column ([^:]+))?(?:: "([\s\S]*)")?/.exec(error.where ?? '') ?? [];
  if (line === undefined) return new ExasolError('42636', `ETL-3000: ${error.message}`);
  const origin = origins.findLast(({ first }) => first <= Number(line));
  const row = (origin?.row ?? 0) + Number(line) - (origin?.first ?? 1);
  const code = error.code === '22001' ? 'ETL-3003' : 'ETL-3050';
  return new ExasolError(
    '42636',
    `${code}: [Column=${(column ?? '').toUpperCase()} Row=${row}] [Transformation of value='${value ?? ''}' failed - ` +
      `${error.message}] in file '${origin?.file.name ?? ''}'`,
  );
}
