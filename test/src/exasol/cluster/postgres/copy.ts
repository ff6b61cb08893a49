/** COPY over `pg`, in both directions and with backpressure; and the types of a statement before it runs. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client, Connection, DatabaseError, FieldDef, Submittable } from 'pg';

/** What `pg` calls on a query of somebody else's making. */
interface Conversation extends Submittable {
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: { text: string }): void;
  handleReadyForQuery(): void;
  handleError(error: DatabaseError, connection: unknown): void;
  handleCopyInResponse(connection: unknown): void;
  handleCopyData(message: { chunk: Buffer }, connection: unknown): void;
}

/** What `pg`'s connection can do, of which its types tell only a part. */
interface Wire {
  readonly stream: Duplex;
  once(
    event: 'parameterDescription',
    listener: (message: { dataTypeIDs: readonly number[] }) => void,
  ): void;
  query(text: string): void;
  parse(request: { text: string; name: string }): void;
  describe(request: { type: 'S'; name: string }): void;
  sync(): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

const wireOf = (connection: unknown): Wire => connection as Wire;

const nothing = (): undefined => undefined;

abstract class Exchange implements Conversation {
  protected error: Error | undefined;
  protected tag = '';

  abstract submit(connection: Connection): void;
  protected abstract finished(): void;

  handleRowDescription: (message: unknown) => void = nothing;
  handleDataRow: (message: unknown) => void = nothing;
  handleEmptyQuery: () => void = nothing;
  handlePortalSuspended: () => void = nothing;

  handleCommandComplete(message: { text: string }): void {
    this.tag = message.text;
  }

  handleReadyForQuery(): void {
    this.finished();
  }

  /** The last call: `pg` tells nobody of the ReadyForQuery after an error. */
  handleError(error: Error): void {
    this.error ??= error;
    this.finished();
  }

  handleCopyInResponse(connection: unknown): void {
    wireOf(connection).sendCopyFail('no data were expected');
  }

  handleCopyData: (message: { chunk: Buffer }, connection: unknown) => void = nothing;
}

/** So many rows may wait before the server is told to pause. */
const WAITING_ROWS = 4_096;

class CopyOut extends Exchange {
  rows: Buffer[] = [];
  done = false;
  failure: Error | undefined;
  wake: () => void = nothing;
  #wire: Wire | undefined;
  readonly #sql: string;

  constructor(sql: string) {
    super();
    this.#sql = sql;
  }

  submit(connection: Connection): void {
    this.#wire = wireOf(connection);
    this.#wire.query(this.#sql);
  }

  override handleCopyData = ({ chunk }: { chunk: Buffer }): void => {
    // The parser uses its buffer again.
    this.rows.push(Buffer.from(chunk));
    if (this.rows.length >= WAITING_ROWS) this.#wire?.stream.pause();
    this.wake();
  };

  take(): Buffer[] {
    const { rows } = this;
    this.rows = [];
    this.#wire?.stream.resume();
    return rows;
  }

  protected finished(): void {
    this.failure = this.error;
    this.done = true;
    this.wake();
  }
}

/** The rows of `COPY (…) TO STDOUT`, in the text format, some at a time. Read to the end, or cancel the statement. */
export async function* copyOut(client: Client, sql: string): AsyncGenerator<readonly Buffer[]> {
  const copy = client.query(new CopyOut(sql));
  try {
    for (;;) {
      if (copy.rows.length > 0) yield copy.take();
      else if (copy.done) break;
      else
        await new Promise<void>((resolve) => {
          copy.wake = resolve;
        });
    }
  } finally {
    copy.take();
    copy.handleCopyData = nothing;
  }
  if (copy.failure !== undefined) throw copy.failure;
}

/** A `COPY … FROM STDIN` under way. */
export class CopyIn extends Exchange {
  readonly #sql: string;
  #wire: Wire | undefined;
  #started: () => void = nothing;
  #settle: { resolve: (rows: number) => void; reject: (error: Error) => void } | undefined;
  /** How many rows the server took; fails as the statement fails. */
  readonly rows: Promise<number>;
  readonly ready: Promise<void>;

  constructor(sql: string) {
    super();
    this.#sql = sql;
    this.ready = new Promise((resolve) => {
      this.#started = resolve;
    });
    this.rows = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.rows.catch(nothing);
  }

  submit(connection: Connection): void {
    this.#wire = wireOf(connection);
    this.#wire.query(this.#sql);
  }

  override handleCopyInResponse(): void {
    this.#started();
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.error !== undefined) return;
    this.#wire?.sendCopyFromChunk(chunk);
    const stream = this.#wire?.stream;
    if (stream?.writableNeedDrain === true) await once(stream, 'drain');
  }

  end(): void {
    if (this.error === undefined) this.#wire?.endCopyFrom();
  }

  fail(reason: string): void {
    if (this.error === undefined) this.#wire?.sendCopyFail(reason);
  }

  protected finished(): void {
    this.#started();
    if (this.error !== undefined) this.#settle?.reject(this.error);
    else this.#settle?.resolve(Number(/^COPY (\d+)$/.exec(this.tag)?.[1] ?? 0));
  }
}

export interface StatementTypes {
  /** PostgreSQL's numbers of types. */
  readonly parameters: readonly number[];
  /** None for a statement that answers no rows. */
  readonly fields: readonly FieldDef[];
}

class Description extends Exchange {
  readonly #sql: string;
  readonly #settle: (error: Error | undefined, types: StatementTypes) => void;
  #parameters: readonly number[] = [];
  #fields: readonly FieldDef[] = [];

  constructor(sql: string, settle: (error: Error | undefined, types: StatementTypes) => void) {
    super();
    this.#sql = sql;
    this.#settle = settle;
  }

  submit(connection: Connection): void {
    const wire = wireOf(connection);
    wire.once('parameterDescription', (message) => {
      this.#parameters = message.dataTypeIDs;
    });
    wire.parse({ text: this.#sql, name: '' });
    wire.describe({ type: 'S', name: '' });
    wire.sync();
  }

  override handleRowDescription = (message: unknown): void => {
    this.#fields = (message as { fields: readonly FieldDef[] }).fields;
  };

  protected finished(): void {
    this.#settle(this.error, { parameters: this.#parameters, fields: this.#fields });
  }
}

/** Parameters and columns of a statement, which is not run. */
export function describeStatement(client: Client, sql: string): Promise<StatementTypes> {
  return new Promise((resolve, reject) => {
    client.query(
      new Description(sql, (error, types) =>
        error === undefined ? resolve(types) : reject(error),
      ),
    );
  });
}

/** `\N` is undefined. */
export function copyFields(row: Buffer): (string | undefined)[] {
  const line = row.toString('utf8', 0, row.length - 1);
  return line.split('\t').map((field) => {
    if (field === '\\N') return undefined;
    return field.includes('\\')
      ? field.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char)
      : field;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** One row of COPY's text format, with its line feed. */
export const copyLine = (fields: readonly (string | undefined)[]): string =>
  `${fields.map((field) => (field === undefined ? '\\N' : field.replace(/[\\\n\r\t]/g, escapeChar))).join('\t')}\n`;

const escapeChar = (char: string): string =>
  char === '\\' ? '\\\\' : char === '\n' ? '\\n' : char === '\r' ? '\\r' : '\\t';
