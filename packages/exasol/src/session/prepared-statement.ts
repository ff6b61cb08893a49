import { ExasolOptionError } from '../errors.js';
import type { CommandOptions, CommandQueue } from './command-queue.js';
import type { Json } from './lossless-json.js';
import {
  asObject,
  type ExasolColumn,
  handleOf,
  type Reply,
  readColumns,
  readResults,
} from './protocol.js';

/**
 * A value for a parameter. Dates and timestamps are text in the session's format; decimals are text or, if the number is exact,
 * numbers; integers of any size may be bigints.
 */
export type ParameterValue = string | number | bigint | boolean | null;

/** What the server says of a statement without running it. */
export interface StatementDescription {
  /** Columns of its rows; none for a statement that gives none. */
  readonly columns: readonly ExasolColumn[];
  /** Types of its `?`, in order. */
  readonly parameters: readonly ExasolColumn[];
}

/** A statement that the server keeps, to be run with many values. `Result` is what `Session.execute` gives. */
export class PreparedStatement<Result> implements StatementDescription {
  readonly columns: readonly ExasolColumn[];
  readonly parameters: readonly ExasolColumn[];

  readonly #queue: CommandQueue;
  readonly #toResult: (reply: Reply) => Result;
  readonly #parameterData: readonly Json[];
  #handle: bigint | undefined;

  /** @param reply to createPreparedStatement */
  constructor(reply: Reply, queue: CommandQueue, toResult: (reply: Reply) => Result) {
    this.#queue = queue;
    this.#toResult = toResult;
    const { parameterData, statementHandle, numResults } = reply.data;
    this.#handle = handleOf(statementHandle);
    const sent =
      parameterData === undefined || parameterData === null
        ? []
        : asObject(parameterData, 'parameterData').columns;
    this.parameters = readColumns(sent);
    this.#parameterData = sent as readonly Json[];
    const [header] = numResults === 0 || numResults === undefined ? [] : readResults(reply, 1);
    this.columns = header?.kind === 'resultSet' ? header.columns : [];
  }

  /**
   * Runs it once for each row of values, all in one message.
   * @throws ExasolOptionError for a row of another length than `parameters`, a value that JSON has no form for, or more rows than a
   * message holds
   */
  async execute(
    rows: readonly (readonly ParameterValue[])[] = [],
    options: CommandOptions = {},
  ): Promise<Result> {
    if (this.#handle === undefined) {
      throw new ExasolOptionError('statement', 'was closed before');
    }
    checkRows(rows, this.parameters.length);
    const data = this.parameters.map((_, column) => rows.map((row) => row[column] as Json));
    const reply = await this.#queue.send(
      {
        command: 'executePreparedStatement',
        statementHandle: this.#handle,
        numColumns: this.parameters.length,
        numRows: rows.length,
        ...(rows.length === 0 ? {} : { columns: this.#parameterData, data }),
      },
      options,
    );
    return this.#toResult(reply);
  }

  /** Lets the server forget the statement. Nothing happens if it has. */
  async close(): Promise<void> {
    const handle = this.#handle;
    if (handle !== undefined) {
      this.#handle = undefined;
      await this.#queue.send({ command: 'closePreparedStatement', statementHandle: handle });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function checkRows(rows: readonly (readonly ParameterValue[])[], parameters: number): void {
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length !== parameters) {
      throw new ExasolOptionError(`rows[${i}]`, `must be a list of ${parameters} values`);
    }
    for (const [j, value] of row.entries()) {
      const sound =
        value === null ||
        typeof value === 'string' ||
        typeof value === 'bigint' ||
        typeof value === 'boolean' ||
        Number.isFinite(value);
      if (!sound) {
        throw new ExasolOptionError(
          `rows[${i}][${j}]`,
          `must be text, a finite number, a bigint, a boolean or null, not ${typeof value}`,
        );
      }
    }
  }
}
