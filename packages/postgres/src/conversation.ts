import { ServerError } from './errors.js';
import type { BatchSink, ResultReader } from './result-reader.js';
import { type MessageBody, MessageType, readServerError } from './wire/messages-in.js';

/** Rows being read: the reader that notes them and where their batches go. */
export interface RowFlow {
  readonly reader: ResultReader;
  readonly sink: BatchSink;
}

/** What a connection knows of the conversation it carries. */
export interface ConversationPeer {
  /** Set while DataRow messages are to be read into batches; without it they are dropped. */
  readonly rows: RowFlow | undefined;
  /** Whether DataRow messages are for `message`; otherwise those that are not read into batches are dropped. */
  readonly takesRows: boolean;
  /** Settles when the conversation has ended, well or badly. */
  readonly over: Promise<void>;
  /** Takes a message that is not ReadyForQuery. Returns bytes to answer with, if any. */
  message(type: number, body: MessageBody): Uint8Array | undefined;
  /** The server is ready for the next statement. */
  ready(): void;
  /** The connection is lost: there will be no ReadyForQuery. */
  lost(error: unknown): void;
  /** Decides the outcome, unless an earlier error has. Rows from here on are dropped. */
  fail(error: unknown): void;
}

/**
 * One exchange of messages on a connection, from what we send to the server's ReadyForQuery. The first error decides its
 * outcome; messages after it are read all the same, so that the connection is in step when the next one begins.
 */
export abstract class Conversation<Result> implements ConversationPeer {
  /** Settles at ReadyForQuery, or when the connection is lost. */
  readonly done: Promise<Result>;
  readonly over: Promise<void>;
  rows: RowFlow | undefined;
  readonly takesRows: boolean = false;
  #resolve!: (result: Result) => void;
  #reject!: (error: unknown) => void;
  #error: unknown;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const end = (): void => {
      // Its outcome is `done`'s to tell.
    };
    this.over = this.done.then(end, end);
  }

  message(type: number, body: MessageBody): Uint8Array | undefined {
    if (type === MessageType.error) {
      this.fail(new ServerError(readServerError(body)));
      return undefined;
    }
    return this.answer(type, body);
  }

  ready(): void {
    if (this.#error === undefined) this.#resolve(this.result());
    else this.#reject(this.#error);
  }

  lost(error: unknown): void {
    this.rows = undefined;
    this.#reject(this.#error ?? error);
  }

  fail(error: unknown): void {
    this.#error ??= error;
    this.rows?.reader.drop();
    this.rows = undefined;
  }

  protected abstract answer(type: number, body: MessageBody): Uint8Array | undefined;
  protected abstract result(): Result;
}
