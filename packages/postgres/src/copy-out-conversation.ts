import { Conversation, unexpected } from './conversation.js';
import { CopyReader } from './copy-reader.js';
import { StatementError, WireError } from './errors.js';
import type { BatchSink } from './result-reader.js';
import { type MessageBody, MessageType } from './wire/messages-in.js';
import { MessageWriter } from './wire/messages-out.js';

export interface CopyOutOptions {
  readonly sink: BatchSink;
  /** Bytes after which a chunk is put. */
  readonly chunkBytes: number;
}

/** How much a COPY has moved. Bytes are those on the wire. */
export interface CopyCompletion {
  readonly rowCount: number;
  readonly byteCount: number;
}

/** COPY … TO STDOUT as a simple query: what the server sends goes to the sink in chunks (`copy-chunk.ts`). */
export class CopyOutConversation extends Conversation<CopyCompletion> {
  readonly #sink: BatchSink;
  readonly #reader: CopyReader;
  #begun = false;
  #counted: number | undefined;

  constructor({ sink, chunkBytes }: CopyOutOptions) {
    super();
    this.#sink = sink;
    this.#reader = new CopyReader(chunkBytes);
  }

  override fail(error: unknown): void {
    const flow = this.rows;
    super.fail(error);
    // It may be in the middle of a message: what comes is read to its end all the same.
    this.rows = flow;
  }

  protected answer(type: number, body: MessageBody): Uint8Array | undefined {
    switch (type) {
      case MessageType.copyOutResponse:
        if (this.#begun) throw unexpected(type);
        this.#begun = true;
        this.rows = { reader: this.#reader, sink: this.#sink };
        if (this.failed) this.#reader.drop();
        return undefined;
      case MessageType.copyDone:
        if (this.rows === undefined) throw unexpected(type);
        this.rows = undefined;
        return undefined;
      case MessageType.commandComplete:
        if (this.#begun) this.#counted = copiedRows(body.text());
        else this.fail(notCopy());
        return undefined;
      default:
        if (this.#begun) throw unexpected(type);
        this.fail(notCopy());
        // It would wait for data that nobody has.
        return type === MessageType.copyInResponse ? refuseCopyIn() : undefined;
    }
  }

  protected result(): CopyCompletion {
    const { rowCount, byteCount } = this.#reader;
    if (this.rows !== undefined || this.#counted !== rowCount)
      throw new WireError(`${rowCount} rows have come of ${this.#counted}`);
    return { rowCount, byteCount };
  }
}

function notCopy(): StatementError {
  return new StatementError('The command is no COPY TO STDOUT', 'MILLRACE_NO_COPY');
}

function refuseCopyIn(): Uint8Array {
  return new MessageWriter().copyFail('COPY FROM is not asked for').take();
}

/** The rows that a COPY's command tag counts. */
export function copiedRows(tag: string): number | undefined {
  const counted = /^COPY (\d+)$/.exec(tag)?.[1];
  return counted === undefined ? undefined : Number(counted);
}
