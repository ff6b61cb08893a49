/** A connection that a connector module has made in a thread, as the engine's thread sees it. One thing at a time. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type {
  ConnectorCommand,
  ConnectorField,
  ConnectorMessage,
  ConnectorRequest,
  ErrorEnvelope,
} from '@millrace/worker';
import { ShardError } from '../errors.js';
import type { Slot } from './slot.js';
import { threadLost } from './task-failure.js';

export interface ConnectorAddress {
  /** Name of the shard. */
  readonly name: string;
  /** URL of the connector module. */
  readonly module: string;
  readonly dsn: string;
}

/** Chunks of one shard that are under way at the same time. */
const CREDITS = 4;

export class ConnectorShard {
  readonly name: string;
  readonly #port: MessagePort;
  readonly #inbox: ConnectorMessage[] = [];
  #wake: (() => void) | undefined;
  #isLost = false;
  hasTransactions = false;

  /** @throws ShardError when the module cannot be loaded, or does not connect */
  static async open(slot: Slot, { name, module, dsn }: ConnectorAddress): Promise<ConnectorShard> {
    const { port1, port2 } = new MessageChannel();
    const shard = new ConnectorShard(name, port1);
    const task = { kind: 'connector', module, dsn, credits: CREDITS, port: port2 } as const;
    // A thread that does not start is noticed by its silent port.
    slot.attach(task).catch(() => port1.close());
    const opened = await shard.#receive();
    if (opened.kind === 'opened') shard.hasTransactions = opened.hasTransactions;
    return shard;
  }

  private constructor(name: string, port: MessagePort) {
    this.name = name;
    this.#port = port;
    port.on('message', (message: ConnectorMessage) => {
      this.#inbox.push(message);
      this.#wake?.();
    });
    port.on('close', () => {
      this.#isLost = true;
      this.#wake?.();
    });
    // An idle connection does not keep the application's process running.
    port.unref();
  }

  query(sql: string, parameters: unknown): ConnectorQuery {
    this.#send({ kind: 'query', sql, parameters });
    return new ConnectorQuery({
      receive: () => this.#receive(),
      send: (request) => this.#send(request),
    });
  }

  /** @throws ShardError with what the connector said */
  async command(kind: ConnectorCommand): Promise<void> {
    if (kind === 'close' && this.#isLost) return;
    this.#send({ kind });
    await this.#receive();
  }

  #send(request: ConnectorRequest): void {
    if (!this.#isLost) this.#port.postMessage(request);
  }

  /** The next message. @throws ShardError for a failure, and when the thread is lost */
  async #receive(): Promise<ConnectorMessage> {
    this.#port.ref();
    try {
      while (this.#inbox.length === 0 && !this.#isLost) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.#port.unref();
    }
    const message = this.#inbox.shift();
    if (message === undefined) throw threadLost(this);
    if (message.kind === 'failed') throw connectorError(this.name, message.error);
    return message;
  }
}

interface QueryPort {
  receive(): Promise<ConnectorMessage>;
  send(request: ConnectorRequest): void;
}

/** A statement under way on one connection. */
export class ConnectorQuery {
  readonly #port: QueryPort;
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;
  /** Rows that the statement changed, as far as the connector says; known at the end. */
  rowCount: number | undefined;

  constructor(port: QueryPort) {
    this.#port = port;
  }

  /** The columns; null for a statement without rows. The first thing to be asked. */
  async fields(): Promise<readonly ConnectorField[] | null> {
    const message = await this.#receive();
    return message.kind === 'fields' ? message.fields : null;
  }

  /** The next rows; undefined after the last. The connector makes no more than a few chunks ahead. */
  async next(): Promise<readonly (readonly unknown[])[] | undefined> {
    if (this.#isOver) return undefined;
    const message = await this.#receive();
    if (message.kind !== 'rows') return undefined;
    this.#port.send({ kind: 'credit' });
    return message.rows;
  }

  /** Has it end soon; `drain` waits for that. */
  cancel(): void {
    if (!this.#isOver) this.#port.send({ kind: 'cancel' });
  }

  /** Drops what is still to come. The connection is free when this settles. */
  async drain(): Promise<void> {
    while (!this.#isOver) await this.#receive().catch(() => undefined);
  }

  /** One message after the other, whoever asks. */
  #receive(): Promise<ConnectorMessage> {
    const received = this.#last.then(() => this.#receiveNext());
    this.#last = received.catch(() => undefined);
    return received;
  }

  async #receiveNext(): Promise<ConnectorMessage> {
    if (this.#isOver) return { kind: 'ended', rowCount: this.rowCount };
    try {
      const message = await this.#port.receive();
      if (message.kind === 'ended') {
        this.#isOver = true;
        this.rowCount = message.rowCount;
      }
      return message;
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }
}

function connectorError(shard: string, { message, code, stack }: ErrorEnvelope): ShardError {
  const cause = Object.assign(new Error(message), { code });
  if (stack !== undefined) cause.stack = stack;
  // What has no code of its own is the connector's, not a fault of ours.
  const own = code === 'MILLRACE_INTERNAL' ? 'MILLRACE_CONNECTOR' : code;
  return new ShardError(shard, message, { code: own, cause });
}
