/**
 * Messages from the server, but for DataRow (`row-scan.ts`): PostgreSQL's backend protocol 3.0 ("Message Formats" and
 * "Error and Notice Message Fields" of its documentation). Bytes in, values out.
 */
import { type ServerErrorFields, WireError } from '../errors.js';

/** Type bytes of the messages that are told apart. */
export const MessageType = {
  bindComplete: 0x32,
  closeComplete: 0x33,
  commandComplete: 0x43,
  copyBothResponse: 0x57,
  copyData: 0x64,
  copyDone: 0x63,
  copyInResponse: 0x47,
  copyOutResponse: 0x48,
  dataRow: 0x44,
  emptyQuery: 0x49,
  error: 0x45,
  noData: 0x6e,
  notice: 0x4e,
  notification: 0x41,
  parameterDescription: 0x74,
  parameterStatus: 0x53,
  parseComplete: 0x31,
  portalSuspended: 0x73,
  readyForQuery: 0x5a,
  rowDescription: 0x54,
} as const;

/** No message is longer: a server makes each in one piece of memory (memutils.h: `MaxAllocSize`). */
export const MOST_MESSAGE_BYTES = 0x40000000;
/** Nor are those of one short text, or of none (libpq's fe-protocol3.c: `VALID_LONG_MESSAGE_TYPE`). */
const MOST_SHORT_BYTES = 30_000;
const MOST_PARAMETERS = 65_535;
const EMPTY_BYTES = 4;

/** The longest message of each type, in bytes, its length word among them. */
const MOST_BYTES: ReadonlyMap<number, number> = new Map([
  [MessageType.bindComplete, EMPTY_BYTES],
  [MessageType.closeComplete, EMPTY_BYTES],
  [MessageType.commandComplete, MOST_SHORT_BYTES],
  [MessageType.copyBothResponse, MOST_SHORT_BYTES],
  [MessageType.copyData, MOST_MESSAGE_BYTES],
  [MessageType.copyDone, EMPTY_BYTES],
  [MessageType.copyInResponse, MOST_SHORT_BYTES],
  [MessageType.copyOutResponse, MOST_SHORT_BYTES],
  [MessageType.dataRow, MOST_MESSAGE_BYTES],
  [MessageType.emptyQuery, EMPTY_BYTES],
  [MessageType.error, MOST_MESSAGE_BYTES],
  [MessageType.noData, EMPTY_BYTES],
  [MessageType.notice, MOST_MESSAGE_BYTES],
  [MessageType.notification, MOST_MESSAGE_BYTES],
  [MessageType.parameterDescription, 6 + 4 * MOST_PARAMETERS],
  [MessageType.parameterStatus, MOST_SHORT_BYTES],
  [MessageType.parseComplete, EMPTY_BYTES],
  [MessageType.portalSuspended, EMPTY_BYTES],
  [MessageType.readyForQuery, 5],
  [MessageType.rowDescription, MOST_MESSAGE_BYTES],
]);

/**
 * Believes a message's type and length only if they can be: a broken one would be waited for without end, and what it is
 * not would be missing from the answer.
 *
 * @throws WireError
 */
export function checkHeader(type: number, length: number): void {
  const most = MOST_BYTES.get(type);
  if (most === undefined) throw new WireError(`a message of the unknown type ${type}`);
  const least = type === MessageType.readyForQuery ? 5 : EMPTY_BYTES;
  if (length < least || length > most)
    throw new WireError(`a message of type ${type} and ${length} bytes`);
}

/** Whether a server may send the message at any time, asked or not: it is no part of an answer. */
export function isAsynchronous(type: number): boolean {
  return (
    type === MessageType.notice ||
    type === MessageType.notification ||
    type === MessageType.parameterStatus
  );
}

/** One column of a result as the server describes it. */
export interface ColumnDescription {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeSize: number;
  readonly dataTypeModifier: number;
}

/** Reads the body of one message, checking every bound. */
export class MessageBody {
  #at: number;

  constructor(
    readonly bytes: Uint8Array,
    start: number,
    readonly end: number,
  ) {
    this.#at = start;
  }

  get left(): number {
    return this.end - this.#at;
  }

  uint8(): number {
    return this.#view(1).getUint8(0);
  }

  uint16(): number {
    return this.#view(2).getUint16(0);
  }

  int16(): number {
    return this.#view(2).getInt16(0);
  }

  int32(): number {
    return this.#view(4).getInt32(0);
  }

  uint32(): number {
    return this.#view(4).getUint32(0);
  }

  /** Text up to its terminating zero. */
  text(): string {
    const stop = this.bytes.indexOf(0, this.#at);
    if (stop < 0 || stop >= this.end) throw new WireError('a text in a message has no end');
    const text = Buffer.from(
      this.bytes.buffer,
      this.bytes.byteOffset + this.#at,
      stop - this.#at,
    ).toString('utf8');
    this.#at = stop + 1;
    return text;
  }

  /** Text of a known length. */
  textOf(length: number): string {
    const { bytes } = this;
    this.#view(length);
    return Buffer.from(bytes.buffer, bytes.byteOffset + this.#at - length, length).toString('utf8');
  }

  #view(length: number): DataView {
    if (this.#at + length > this.end) throw new WireError('a message is shorter than its contents');
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.#at, length);
    this.#at += length;
    return view;
  }
}

export function readRowDescription(body: MessageBody): ColumnDescription[] {
  const columns: ColumnDescription[] = [];
  for (let left = body.uint16(); left > 0; left--) {
    const name = body.text();
    const tableID = body.uint32();
    const columnID = body.int16();
    const dataTypeID = body.uint32();
    const dataTypeSize = body.int16();
    const dataTypeModifier = body.int32();
    // The format: known from Bind, and always 0 when a statement is described.
    body.int16();
    columns.push({ name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier });
  }
  return columns;
}

/** The OIDs of the parameters' types. */
export function readParameterDescription(body: MessageBody): number[] {
  return Array.from({ length: body.uint16() }, () => body.uint32());
}

/** The values of a DataRow whose columns are all in text format. */
export function readTextRow(body: MessageBody): (string | null)[] {
  return Array.from({ length: body.uint16() }, () => {
    const length = body.int32();
    return length < 0 ? null : body.textOf(length);
  });
}

const ERROR_FIELDS: Readonly<Record<string, keyof ServerErrorFields>> = {
  V: 'severity',
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internalPosition',
  q: 'internalQuery',
  W: 'where',
  s: 'schema',
  t: 'table',
  c: 'column',
  d: 'dataType',
  n: 'constraint',
  F: 'file',
  L: 'line',
  R: 'routine',
};

/** The fields of an ErrorResponse or NoticeResponse, by the names `pg` gives them. */
export function readServerError(body: MessageBody): ServerErrorFields {
  const fields: { -readonly [key in keyof ServerErrorFields]: string } = {
    message: '',
    code: 'XX000',
  };
  for (let code = body.uint8(); code !== 0; code = body.uint8()) {
    const text = body.text();
    const name = ERROR_FIELDS[String.fromCharCode(code)];
    if (name !== undefined) fields[name] = text;
  }
  return fields;
}
