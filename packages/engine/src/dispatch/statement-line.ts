/** The engine's end of a thread's line: all statements that the thread runs. The thread's end is `worker/statement-line.ts`. */
import type { MessagePort } from 'node:worker_threads';
import type {
  ConsumerMessage,
  ExchangePort,
  LineReport,
  LineRequest,
  LineStatement,
  TaskMessage,
} from '@millrace/worker';
import { type Deferred, deferred } from './deferred.js';

export class StatementLine {
  readonly #port: MessagePort;
  /** Statements under way, by number. */
  readonly #statements = new Map<number, SentStatement>();
  #last = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (reports: readonly LineReport[]) => {
      for (const report of reports) this.#receive(report);
    });
    // A line alone does not keep the application's process running; statements under way do.
    port.unref();
  }

  /** A statement's part of the line. Nothing is sent before it is run. */
  open(): SentStatement {
    const id = ++this.#last;
    const statement: SentStatement = new SentStatement({
      start: (sent) => {
        const { output } = sent;
        this.#send({ id, statement: sent }, output === undefined ? [] : [output.port]);
        this.#statements.set(id, statement);
        if (this.#statements.size === 1) this.#port.ref();
      },
      say: (message) => this.#send({ id, message }, []),
    });
    return statement;
  }

  /** The thread is gone, and another one in its place. */
  lost(): void {
    const statements = [...this.#statements.values()];
    this.#statements.clear();
    this.#port.close();
    for (const statement of statements) statement.settle('badly');
  }

  #send(request: LineRequest, transfer: readonly MessagePort[]): void {
    this.#port.postMessage(request, transfer);
  }

  #receive({ id, messages, settled }: LineReport): void {
    const statement = this.#statements.get(id);
    if (messages.length > 0) statement?.receive(messages);
    if (settled === undefined || !this.#statements.delete(id)) return;
    if (this.#statements.size === 0) this.#port.unref();
    statement?.settle(settled);
  }
}

interface Sender {
  start(statement: LineStatement): void;
  say(message: ConsumerMessage): void;
}

type Listener = (message: unknown) => void;

/** One statement: what its reader listens to. It is never closed from the other side; a lost one is `run`'s to tell. */
export class SentStatement implements ExchangePort {
  readonly #sender: Sender;
  readonly #settled: Deferred<void> = deferred<void>();
  #onMessage: Listener | undefined;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Sends it. Settles when its connection is free again; rejects when the thread dies. */
  run(statement: LineStatement): Promise<void> {
    try {
      this.#sender.start(statement);
    } catch (error) {
      this.#settled.reject(error);
    }
    // No promise around it: when a thread dies its statements are heard of before its merges, whose end is theirs to explain.
    return this.#settled.promise;
  }

  on<Message>(event: 'message' | 'close', listener: (message: Message) => void): void {
    if (event === 'message') this.#onMessage = listener as Listener;
  }

  postMessage(message: unknown): void {
    this.#sender.say(message as ConsumerMessage);
  }

  close(): void {
    this.#onMessage = undefined;
  }

  receive(messages: readonly TaskMessage[]): void {
    this.#onMessage?.(messages);
  }

  settle(how: 'well' | 'badly'): void {
    if (how === 'well') this.#settled.resolve();
    else this.#settled.reject(new Error('The worker thread ended unexpectedly'));
  }
}
