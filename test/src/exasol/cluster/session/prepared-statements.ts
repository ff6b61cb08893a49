/** Statements that a session has prepared: their parameters as Exasol describes them, and values on their way to PostgreSQL. */
import { ExasolError } from '../exasol-error.js';
import { describeStatement } from '../postgres/copy.js';
import type { SessionDatabase } from '../postgres/session-database.js';
import { type Column, describeColumn, describeType } from '../sql/column-types.js';
import { exasolError } from '../sql/postgres-error.js';
import type { Json } from './json-writer.js';
import type { StatementRunner } from './statement-runner.js';

export interface PreparedStatement {
  readonly sql: string;
  readonly parameters: readonly Json[];
  readonly columns: readonly Column[];
}

export class PreparedStatements {
  readonly #database: SessionDatabase;
  readonly #runner: StatementRunner;
  readonly #statements = new Map<number, PreparedStatement>();
  #handles = 0;

  constructor(database: SessionDatabase, runner: StatementRunner) {
    this.#database = database;
    this.#runner = runner;
  }

  /** @throws ExasolError */
  async create(sql: string): Promise<{ handle: number; statement: PreparedStatement }> {
    const described = isDescribable(sql)
      ? await this.#database
          .statement(sql, () =>
            describeStatement(this.#database.client, this.#runner.translate(sql)),
          )
          .catch((error: unknown) => {
            throw exasolError(error, sql);
          })
      : { parameters: [], fields: [] };
    const statement = {
      sql,
      parameters: described.parameters.map((oid) => ({
        name: '',
        dataType: describeType(oid, -1).dataType,
      })),
      columns: described.fields.map(describeColumn),
    };
    this.#handles += 1;
    this.#statements.set(this.#handles, statement);
    return { handle: this.#handles, statement };
  }

  /** @throws ExasolError when it is closed */
  get(handle: number): PreparedStatement {
    const statement = this.#statements.get(handle);
    if (statement === undefined)
      throw new ExasolError('00000', `statement handle ${handle} not found`);
    return statement;
  }

  close(handle: number): void {
    this.#statements.delete(handle);
  }
}

const isDescribable = (sql: string): boolean =>
  /^\s*(?:select|with|values|\(|insert|update|delete|merge)/i.test(
    sql.replace(/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, ''),
  );

/** Rows of parameters from columns of JSON values. */
export function parameterRows(
  data: readonly (readonly unknown[])[],
  rows: number,
): (string | null)[][] {
  return Array.from({ length: rows }, (_, row) => data.map((column) => parameterText(column[row])));
}

function parameterText(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
