/** A thread's end of its line: the statements that it runs for the engine. The engine's end is `dispatch/statement-line.ts`. */
import type { MessagePort } from 'node:worker_threads';
import type { ExchangePort } from './exchange/exchange-port.js';
import type {
  ConsumerMessage,
  LineReport,
  LineRequest,
  LineStatement,
  ShardTask,
  TaskMessage,
} from './protocol.js';

/** Runs statements as they come, until the line is closed. */
export function serveLine(port: MessagePort, run: (task: ShardTask) => Promise<void>): void {
  new LineServer(port, run);
}

class LineServer {
  readonly #port: MessagePort;
  readonly #run: (task: ShardTask) => Promise<void>;
  readonly #statements = new Map<number, StatementPort>();
  #reports: LineReport[] = [];

  constructor(port: MessagePort, run: (task: ShardTask) => Promise<void>) {
    this.#port = port;
    this.#run = run;
    port.on('message', (request: LineRequest) => {
      if ('statement' in request) this.#start(request.id, request.statement);
      else this.#statements.get(request.id)?.receive(request.message);
    });
    port.on('close', () => {
      for (const statement of this.#statements.values()) statement.lost();
    });
  }

  #start(id: number, statement: LineStatement): void {
    const port = new StatementPort((messages) => this.#report({ id, messages }));
    this.#statements.set(id, port);
    const settle = (settled: 'well' | 'badly'): void => {
      this.#statements.delete(id);
      this.#report({ id, messages: [], settled });
    };
    this.#run({ ...statement, port }).then(
      () => settle('well'),
      () => settle('badly'),
    );
  }

  /** Sends what is said before the event loop goes on: a small statement's rows, its end, and that its task has settled. */
  #report(report: LineReport): void {
    if (this.#reports.push(report) > 1) return;
    process.nextTick(() => {
      const reports = this.#reports;
      this.#reports = [];
      this.#port.postMessage(reports);
    });
  }
}

type Listener = (message: unknown) => void;

/** A statement's part of the line. */
class StatementPort implements ExchangePort {
  readonly #send: (messages: readonly TaskMessage[]) => void;
  #onMessage: Listener | undefined;
  #onClose: Listener | undefined;
  #closed = false;

  constructor(send: (messages: readonly TaskMessage[]) => void) {
    this.#send = send;
  }

  on<Message>(event: 'message' | 'close', listener: (message: Message) => void): void {
    if (event === 'message') this.#onMessage = listener as Listener;
    else this.#onClose = listener as Listener;
  }

  postMessage(message: unknown): void {
    if (!this.#closed) this.#send(message as readonly TaskMessage[]);
  }

  close(): void {
    this.#closed = true;
  }

  receive(message: ConsumerMessage): void {
    if (!this.#closed) this.#onMessage?.(message);
  }

  lost(): void {
    if (!this.#closed) this.#onClose?.(undefined);
  }
}
