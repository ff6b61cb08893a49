import type { TypeChoices } from '@millrace/postgres';
import { CallScope } from '../call-scope.js';
import { ConfigurationError } from '../errors.js';
import type { CallOptions } from '../options.js';

/** How a cursor gives its rows. */
export interface CursorOptions {
  /** `'tuple'` (default): arrays; `'dict'`: objects by the columns' names. */
  readonly rowFactory?: 'tuple' | 'dict';
  /**
   * False (default): `execute` runs the statement to its end on every shard, and its rows wait as columns in memory. True:
   * `execute` returns when all shards have begun, rows come in the order in which they arrive and take fixed memory, and
   * an error on the way is thrown where the rows are fetched. No other statement runs on the connection meanwhile.
   */
  readonly stream?: boolean;
  /** JavaScript values that differ from the connection's. Not for connector modules, whose values are their own. */
  readonly types?: TypeChoices;
}

/** One statement's wishes. */
export type ExecuteOptions = Pick<CallOptions, 'signal' | 'timeoutMs'>;

const OF_CURSOR: { readonly [key in keyof Required<CursorOptions>]: true } = {
  rowFactory: true,
  stream: true,
  types: true,
};
const OF_EXECUTE: { readonly [key in keyof Required<ExecuteOptions>]: true } = {
  signal: true,
  timeoutMs: true,
};

/** @throws ConfigurationError naming the option and what it must be */
export function readCursorOptions(options: unknown): CursorOptions {
  checkKnown(options, OF_CURSOR, "cursor({ rowFactory: 'dict' })");
  const { rowFactory = 'tuple', stream = false } = options as CursorOptions;
  if (rowFactory !== 'tuple' && rowFactory !== 'dict') {
    throw new ConfigurationError("'rowFactory' must be 'tuple' or 'dict'");
  }
  if (typeof stream !== 'boolean') throw new ConfigurationError("'stream' must be true or false");
  return options as CursorOptions;
}

/** @throws ConfigurationError naming the option and what it must be */
export function readExecuteOptions(options: unknown): ExecuteOptions {
  checkKnown(options, OF_EXECUTE, 'execute(sql, args, { signal })');
  new CallScope(options as ExecuteOptions).close();
  return options as ExecuteOptions;
}

function checkKnown(
  options: unknown,
  known: Readonly<Record<string, true>>,
  example: string,
): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(`options must be an object: ${example}`);
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const names = Object.keys(known).join(', ');
  throw new ConfigurationError(`'${unknown}' is not an option of ${example}. There are: ${names}`);
}

/** @throws ConfigurationError for what is no text */
export function checkText(sql: unknown): string {
  if (typeof sql === 'string') return sql;
  throw new ConfigurationError('the statement must be a text: cursor.execute(sql, [value, …])');
}
