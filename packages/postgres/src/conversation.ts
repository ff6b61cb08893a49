import { ServerError, WireError } from './errors.js';
import type { BatchSink, FlowReader } from './result-reader.js';
import {
  isAsynchronous,
  type MessageBody,
  MessageType,
  readServerError,
} from './wire/messages-in.js';

/** Rows being read: the reader that notes them and where their batches go. */
export interface RowFlow {
  readonly reader: FlowReader;
  readonly sink: BatchSink;
}

/** What a connection knows of the conversation it carries. */
export interface ConversationPeer {
  /** Set while rows, or what COPY sends, are to be read into batches. */
  readonly rows: RowFlow | undefined;
  /** Settles when the conversation has ended, well or badly. */
  readonly over: Promise<void>;
  /**
   * Takes a message that is not ReadyForQuery, nor a row for `rows`. Returns bytes to answer with, if any.
   *
   * @throws WireError for one that has no place here
   */
  message(type: number, body: MessageBody): Uint8Array | undefined;
  /**
   * The server is ready for the next statement.
   *
   * @throws WireError when something is missing from its answer
   */
  ready(): void;
  /** The connection is lost: there will be no ReadyForQuery. */
  lost(error: unknown): void;
  /** Decides the outcome, unless an earlier error has. Rows from here on are dropped. */
  fail(error: unknown): void;
}

const BEGIN_ANSWERS: readonly number[] = [
  MessageType.parseComplete,
  MessageType.bindComplete,
  MessageType.commandComplete,
];

/**
 * One exchange of messages on a connection, from what we send to the server's ReadyForQuery. The first error decides its
 * outcome; messages after it are read all the same, so that the connection is in step when the next one begins.
 */
export abstract class Conversation<Result> implements ConversationPeer {
  /** Settles at ReadyForQuery, or when the connection is lost. */
  readonly done: Promise<Result>;
  readonly over: Promise<void>;
  rows: RowFlow | undefined;
  /** Answers that come before its own: those to a BEGIN in the same write. */
  readonly #prelude: number[];
  #resolve!: (result: Result) => void;
  #reject!: (error: unknown) => void;
  #error: unknown;

  /** @param afterBegin a BEGIN goes before what it sends (`MessageWriter.begin`) */
  constructor(afterBegin = false) {
    this.#prelude = afterBegin ? [...BEGIN_ANSWERS] : [];
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const end = (): void => {
      // Its outcome is `done`'s to tell.
    };
    this.over = this.done.then(end, end);
  }

  /** Whether its outcome is an error. */
  protected get failed(): boolean {
    return this.#error !== undefined;
  }

  message(type: number, body: MessageBody): Uint8Array | undefined {
    if (type === MessageType.error) {
      this.fail(new ServerError(readServerError(body)));
      return undefined;
    }
    // Rows after an error are nobody's.
    if (isAsynchronous(type) || (this.failed && type === MessageType.dataRow)) return undefined;
    const due = this.#prelude.shift();
    if (due === undefined) return this.answer(type, body);
    if (type !== due) throw unexpected(type);
    return undefined;
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

  /** @throws WireError for a message that has no place here */
  protected abstract answer(type: number, body: MessageBody): Uint8Array | undefined;
  /** @throws WireError when something is missing */
  protected abstract result(): Result;
}

/** A message out of place: what it stands for would be missing from the answer, or be there twice. */
export function unexpected(type: number): WireError {
  return new WireError(`a message of type '${String.fromCharCode(type)}' where none is due`);
}
