import { Conversation, unexpected } from './conversation.js';
import { type StatementDescription, sameColumns } from './describe-statement.js';
import { StatementError, WireError } from './errors.js';
import type { BatchSink, ResultReader } from './result-reader.js';
import { TypeOid } from './types/type-table.js';
import {
  type ColumnDescription,
  type MessageBody,
  MessageType,
  readRowDescription,
} from './wire/messages-in.js';
import { MessageWriter } from './wire/messages-out.js';

/** How a statement ended. */
export interface Completion {
  /** The command tag: `SELECT 5`, `INSERT 0 1`, `SET`. */
  readonly tag: string;
  /** Rows delivered, and the bytes they took on the wire. */
  readonly rowCount: number;
  readonly byteCount: number;
}

/** The columns are no longer those that the statement was described with: describe it again, nothing was delivered. */
export class StaleDescriptionError extends Error {
  constructor() {
    super('The columns of the statement have changed since it was described');
    this.name = 'StaleDescriptionError';
  }
}

export interface RunOptions {
  readonly description: StatementDescription;
  readonly reader: ResultReader;
  readonly sink: BatchSink;
  /** The server has accepted the statement and its columns are as described. Comes before any row. */
  readonly confirmed?: (columns: readonly ColumnDescription[]) => void;
  /** The server has the statement prepared, with these columns: no RowDescription will come. */
  readonly prepared?: boolean;
  /** A command that begins a transaction, sent in the same write: the statement is the first one in it. */
  readonly begin?: string | undefined;
}

/** Bind, Describe, Execute: rows go to the sink in batches, from when the columns are known to be those described. */
export class RunConversation extends Conversation<Completion> {
  readonly #options: RunOptions;
  #begun = false;
  #tag: string | undefined;

  constructor(options: RunOptions) {
    super(options.begin !== undefined);
    this.#options = options;
  }

  protected answer(type: number, body: MessageBody): Uint8Array | undefined {
    switch (type) {
      case MessageType.parseComplete:
      case MessageType.closeComplete:
        return undefined;
      case MessageType.bindComplete:
        // Of these no RowDescription comes.
        if (this.#options.prepared || this.#isWithoutColumns) this.#begin();
        return undefined;
      case MessageType.rowDescription:
        this.#compare(readRowDescription(body));
        return undefined;
      case MessageType.noData:
        this.#compare([]);
        return undefined;
      case MessageType.commandComplete:
        this.#end(body.text());
        return undefined;
      case MessageType.emptyQuery:
        this.fail(new StatementError('The statement is empty', 'MILLRACE_EMPTY_STATEMENT'));
        return undefined;
      default:
        return this.#refuseCopy(type);
    }
  }

  get #isWithoutColumns(): boolean {
    return this.#options.description.columns.length === 0;
  }

  #compare(columns: readonly ColumnDescription[]): void {
    const { description } = this.#options;
    if (!sameColumns(columns, description.columns)) return this.fail(new StaleDescriptionError());
    // Numbers without a modifier are laid out as they were described.
    this.#begin(columns.map((column, i) => (isNumeric(column) ? description.columns[i]! : column)));
  }

  /** Rows may come. */
  #begin(columns = this.#options.description.columns): void {
    if (this.#begun) throw new WireError('a statement began twice');
    this.#begun = true;
    const { confirmed, reader, sink } = this.#options;
    // It has failed already: its rows are nobody's.
    if (this.failed) return;
    this.rows = { reader, sink };
    if (!this.#isWithoutColumns) confirmed?.(columns);
  }

  /** Nothing of the statement comes after this. */
  #end(tag: string): void {
    this.rows = undefined;
    this.#tag = tag;
  }

  #refuseCopy(type: number): Uint8Array | undefined {
    switch (type) {
      case MessageType.copyInResponse:
      case MessageType.copyBothResponse:
        this.fail(copyRefused());
        // A Sync that arrives while the server waits for data is ignored, so another must follow.
        return new MessageWriter().copyFail('COPY is not available here').sync().take();
      case MessageType.copyOutResponse:
        this.fail(copyRefused());
        return undefined;
      case MessageType.copyData:
      case MessageType.copyDone:
        if (this.failed) return undefined;
        throw unexpected(type);
      default:
        throw unexpected(type);
    }
  }

  protected result(): Completion {
    const { rowCount, byteCount } = this.#options.reader;
    const tag = this.#tag;
    if (tag === undefined) throw new WireError('a statement has no end');
    const counted = /^SELECT (\d+)$/.exec(tag)?.[1];
    // Without columns it may be a CREATE TABLE AS, which counts rows and sends none.
    const isCreated = this.#isWithoutColumns && rowCount === 0;
    if (counted !== undefined && !isCreated && Number(counted) !== rowCount)
      throw new WireError(`${rowCount} rows have come of ${counted}`);
    return { tag, rowCount, byteCount };
  }
}

function copyRefused(): StatementError {
  return new StatementError('COPY moves data outside of a result: use a SELECT', 'MILLRACE_COPY');
}

function isNumeric({ dataTypeID }: ColumnDescription): boolean {
  return dataTypeID === TypeOid.numeric;
}
