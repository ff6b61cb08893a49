/** One call, checked: what can be said of it without asking a server. */
import { encodeParameter, type TypeChoices, type WireParameter } from '@millrace/postgres';
import { ConfigurationError, SqlError } from './errors.js';
import { type CallOptions, readShardErrors, readTypes, type ShardErrors } from './options.js';

export interface CallRequest {
  readonly sql: string;
  readonly parameters: readonly WireParameter[];
  readonly mode: 'one-database' | 'union';
  readonly rowMode: 'object' | 'array';
  readonly types: TypeChoices;
  readonly shardErrors: ShardErrors;
  readonly onProgress: CallOptions['onProgress'];
}

/** The protocol counts them in 16 bits. */
const MOST_PARAMETERS = 65_535;

/**
 * @param defaults the choices of the connection; the call's go before them
 * @throws ConfigurationError for options that cannot be
 * @throws SqlError for a parameter that has no SQL value
 */
export function readCall(
  sql: unknown,
  parameters: unknown,
  options: CallOptions,
  defaults: { readonly types: TypeChoices; readonly shardErrors: ShardErrors },
): CallRequest {
  checkOptions(options);
  if (typeof sql !== 'string') throw new ConfigurationError('the statement must be a text');
  if (sql.includes('\0')) {
    throw new SqlError({ message: 'The statement contains a zero character', code: '22021' });
  }
  if (!Array.isArray(parameters)) {
    throw new ConfigurationError('parameters must be a list: db.query(sql, [value, …])');
  }
  if (parameters.length > MOST_PARAMETERS) {
    const message = `${parameters.length} parameters: a statement takes ${MOST_PARAMETERS} at most`;
    throw new SqlError({ message, code: '54000' });
  }
  const { mode = 'one-database', rowMode = 'object', onProgress } = options;
  if (mode !== 'one-database' && mode !== 'union') {
    throw new ConfigurationError("'mode' must be 'one-database' or 'union'");
  }
  if (rowMode !== 'object' && rowMode !== 'array') {
    throw new ConfigurationError("'rowMode' must be 'object' or 'array'");
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new ConfigurationError("'onProgress' must be a function");
  }
  return {
    sql,
    parameters: parameters.map(encodeOne),
    mode,
    rowMode,
    types: { ...defaults.types, ...readTypes(options.types) },
    shardErrors: readShardErrors(options.shardErrors, defaults.shardErrors),
    onProgress,
  };
}

const KNOWN: { readonly [key in keyof Required<CallOptions>]: true } = {
  signal: true,
  timeoutMs: true,
  onProgress: true,
  rowMode: true,
  mode: true,
  types: true,
  shardErrors: true,
};

function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError('options must be an object: db.query(sql, parameters, { mode })');
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(KNOWN, name));
  if (unknown === undefined) return;
  const known = Object.keys(KNOWN).join(', ');
  throw new ConfigurationError(`'${unknown}' is not an option of a call. There are: ${known}`);
}

function encodeOne(value: unknown, index: number): WireParameter {
  try {
    return encodeParameter(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Parameter $${index + 1} cannot be sent: ${reason}`;
    throw new SqlError({ message, code: 'MILLRACE_PARAMETER' }, { cause });
  }
}
