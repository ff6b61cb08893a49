import { Conversation } from './conversation.js';
import { type StatementDescription, sameColumns } from './describe-statement.js';
import { StatementError } from './errors.js';
import type { BatchSink, ResultReader } from './result-reader.js';
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
}

/** Bind, Describe, Execute: rows go to the sink in batches. */
export class RunConversation extends Conversation<Completion> {
  readonly #description: StatementDescription;
  readonly #reader: ResultReader;
  readonly #confirmed: ((columns: readonly ColumnDescription[]) => void) | undefined;
  #tag = '';

  readonly #prepared: boolean;

  constructor({ description, reader, sink, confirmed, prepared = false }: RunOptions) {
    super();
    this.#prepared = prepared;
    this.#description = description;
    this.#reader = reader;
    this.#confirmed = confirmed;
    this.rows = { reader, sink };
  }

  protected answer(type: number, body: MessageBody): Uint8Array | undefined {
    switch (type) {
      case MessageType.rowDescription:
        this.#confirm(readRowDescription(body));
        return undefined;
      case MessageType.bindComplete:
        if (this.#prepared) this.#confirmed?.(this.#description.columns);
        return undefined;
      case MessageType.commandComplete:
        this.#tag = body.text();
        return undefined;
      case MessageType.emptyQuery:
        this.fail(new StatementError('The statement is empty', 'MILLRACE_EMPTY_STATEMENT'));
        return undefined;
      case MessageType.copyInResponse:
      case MessageType.copyBothResponse:
        this.fail(copyRefused());
        // A Sync that arrives while the server waits for data is ignored, so another must follow.
        return new MessageWriter().copyFail('COPY is not available here').sync().take();
      case MessageType.copyOutResponse:
        this.fail(copyRefused());
        return undefined;
      default:
        return undefined;
    }
  }

  #confirm(columns: readonly ColumnDescription[]): void {
    if (sameColumns(columns, this.#description.columns)) this.#confirmed?.(columns);
    else this.fail(new StaleDescriptionError());
  }

  protected result(): Completion {
    return { tag: this.#tag, rowCount: this.#reader.rowCount, byteCount: this.#reader.byteCount };
  }
}

function copyRefused(): StatementError {
  return new StatementError('COPY moves data outside of a result: use a SELECT', 'MILLRACE_COPY');
}
