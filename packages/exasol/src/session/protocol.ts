/** The words of the WebSocket API (version 3): what a reply holds, and what of it is an error. No sockets here. */
import { ExasolError, ExasolProtocolError } from '../errors.js';
import { type CellReader, cellReader } from '../types/cell-values.js';
import { type ExasolType, readExasolType } from '../types/exasol-type.js';
import { parseLossless } from './lossless-json.js';

/** Settings of a session, by the protocol's names. Which there are depends on the server's version. */
export interface SessionAttributes {
  readonly autocommit?: boolean;
  readonly currentSchema?: string;
  /** Seconds a statement may take; 0 is no limit. */
  readonly queryTimeout?: number;
  /** Seconds between two signs of life while a statement runs. */
  readonly feedbackInterval?: number;
  readonly [name: string]: unknown;
}

/** A reply that is no error. */
export interface Reply {
  readonly data: Readonly<Record<string, unknown>>;
  readonly attributes: SessionAttributes | undefined;
}

/** A column of a result, or a parameter. */
export interface ExasolColumn {
  readonly name: string;
  readonly type: ExasolType;
}

/** What one statement gave, as the reply describes it. */
export type ResultHeader =
  | { readonly kind: 'rowCount'; readonly rowCount: number }
  | {
      readonly kind: 'resultSet';
      readonly columns: readonly ExasolColumn[];
      readonly readers: readonly CellReader[];
      readonly rowCount: number;
      /** Where the rest of the rows lies; undefined if all came with the reply. */
      readonly handle: bigint | undefined;
      /** The first rows, column by column. */
      readonly first: readonly unknown[][];
      readonly firstRows: number;
    };

/**
 * Reads a reply. @throws ExasolError for an error, ExasolProtocolError for what is no reply
 * @param sessionId to be told in the error
 */
export function readReply(text: string, sessionId: string | undefined): Reply {
  let json: unknown;
  try {
    json = parseLossless(text);
  } catch (cause) {
    throw new ExasolProtocolError('a message is no JSON', { cause });
  }
  const { status, exception, responseData, attributes } = asObject(json, 'a message');
  if (status === 'error') {
    const { text: message, sqlCode } = asObject(exception, 'an error');
    throw new ExasolError(
      typeof message === 'string' ? message : 'Exasol gives no reason',
      typeof sqlCode === 'string' ? sqlCode : '00000',
      { sessionId },
    );
  }
  if (status !== 'ok') {
    throw new ExasolProtocolError(`a message has the status ${JSON.stringify(status)}`);
  }
  return {
    data: responseData === undefined ? {} : asObject(responseData, 'responseData'),
    attributes: attributes === undefined ? undefined : asObject(attributes, 'attributes'),
  };
}

/** The results of a reply. @throws ExasolProtocolError if there are not as many as asked for */
export function readResults({ data }: Reply, count: number): readonly ResultHeader[] {
  const { results, numResults } = data;
  if (!Array.isArray(results) || results.length !== count || countOf(numResults) !== count) {
    throw new ExasolProtocolError(`it has not the ${count} results that were asked for`);
  }
  return results.map(readResult);
}

function readResult(result: unknown): ResultHeader {
  const { resultType, rowCount, resultSet } = asObject(result, 'a result');
  if (resultType === 'rowCount') {
    return { kind: 'rowCount', rowCount: countOf(rowCount) };
  }
  if (resultType !== 'resultSet') {
    throw new ExasolProtocolError(`a result is ${JSON.stringify(resultType)}`);
  }
  const set = asObject(resultSet, 'a result set');
  const columns = readColumns(set.columns);
  if (columns.length !== countOf(set.numColumns)) {
    throw new ExasolProtocolError('a result set has not as many columns as it says');
  }
  const rows = countOf(set.numRows);
  const firstRows = countOf(set.numRowsInMessage ?? 0);
  const handle = set.resultSetHandle === undefined ? undefined : handleOf(set.resultSetHandle);
  if (firstRows > rows || (handle === undefined && firstRows < rows)) {
    throw new ExasolProtocolError(`${firstRows} of ${rows} rows came, and no handle for the rest`);
  }
  return {
    kind: 'resultSet',
    columns,
    readers: columns.map(({ type }) => cellReader(type)),
    rowCount: rows,
    handle,
    first: readCells(set.data, columns.length, firstRows),
    firstRows,
  };
}

export function readColumns(columns: unknown): readonly ExasolColumn[] {
  if (!Array.isArray(columns)) {
    throw new ExasolProtocolError('the columns are no list');
  }
  return columns.map((column) => {
    const { name, dataType } = asObject(column, 'a column');
    return { name: typeof name === 'string' ? name : '', type: readExasolType(dataType) };
  });
}

/** Cells column by column. Servers leave `data` out where there is no row. */
export function readCells(data: unknown, columns: number, rows: number): unknown[][] {
  if (rows === 0) {
    return Array.from({ length: columns }, () => []);
  }
  const sound =
    Array.isArray(data) &&
    data.length === columns &&
    data.every((cells) => Array.isArray(cells) && cells.length === rows);
  if (!sound) {
    throw new ExasolProtocolError(`a page has not ${columns} columns of ${rows} rows`);
  }
  return data;
}

export function countOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    return value;
  }
  throw new ExasolProtocolError(`${JSON.stringify(value)} is no count`);
}

/** A handle is any integer, and may be longer than a number holds. */
export function handleOf(value: unknown): bigint {
  if (typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isSafeInteger(value)) {
    return BigInt(value as string | number);
  }
  throw new ExasolProtocolError(`${JSON.stringify(value)} is no handle`);
}

export function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ExasolProtocolError(`${what} is no object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
