/**
 * One worker thread: a piscina pool of exactly one thread, so that every shard's connections stay in the thread that
 * owns them. Statements go over the thread's line; merges and COPYs are piscina tasks, and rare calls go by comlink.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type BackendKey, requestCancel, type ServerAddress } from '@millrace/postgres';
import {
  type ConnectorTask,
  type CopyInTask,
  type CopyOutTask,
  type ErrorEnvelope,
  type MergeTask,
  type Opening,
  type Planning,
  SessionLedger,
  ShardServers,
  type ThreadControl,
  type ThreadSettings,
  type TransactionStep,
  type TransportTask,
  threadEntry,
} from '@millrace/worker';
import { type Remote, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { Piscina } from 'piscina';
import { type SentStatement, StatementLine } from './statement-line.js';

/** No statement waits for another one on its thread: how many there are is for `Admission` to decide. */
const TASKS_AT_ONCE = 1_000_000;

type SlotTask = MergeTask | CopyOutTask | CopyInTask | TransportTask;

interface ControlLine {
  readonly remote: Remote<ThreadControl>;
  readonly port: MessagePort;
  /** Rejected when the thread is gone: comlink's calls would wait for ever. */
  readonly lost: Promise<never>;
}

/** A server may not have begun with what it is to cancel: it is asked again after these times. */
const CANCEL_AGAIN_MS = [50, 250, 1_000];

export class Slot {
  readonly #settings: ThreadSettings;
  readonly #ledger: SessionLedger;
  #pool: Piscina;
  #control: ControlLine | undefined;
  #line: StatementLine | undefined;
  #callsUnderWay = 0;
  #closed = false;

  constructor(settings: ThreadSettings) {
    this.#settings = settings;
    this.#ledger = new SessionLedger(settings.ledger);
    this.#pool = this.#start();
  }

  /** A statement that is to be sent to the thread. */
  statement(): SentStatement {
    this.#line ??= this.#openLine();
    return this.#line.open();
  }

  /** Runs a merge, a COPY or a tunnel. Settles when its connection is free again; rejects when the thread dies. */
  async run(task: SlotTask): Promise<void> {
    try {
      await this.#living().run(task, { transferList: portsOf(task) });
    } catch (error) {
      this.#cancelOrphans();
      throw error;
    }
  }

  /** Has the thread serve a connection of a connector module. Settles when it is open, or has failed. */
  async attach(task: ConnectorTask): Promise<void> {
    await this.#living().run(task, { transferList: [task.port] });
  }

  /** Asks a shard what statements would give. */
  describe(shard: number, statements: readonly string[]): Promise<Planning> {
    return this.#call((control) => control.describe(shard, statements));
  }

  /** Opens a connection to a shard ahead of its first statement. */
  open(shard: number): Promise<Opening> {
    return this.#call((control) => control.open(shard));
  }

  /**
   * Checks or ends the transaction of a session on a shard. Resolves to what went wrong, if anything did.
   *
   * @throws Error when the thread is lost
   */
  transaction(
    session: number,
    shard: number,
    step: TransactionStep,
  ): Promise<ErrorEnvelope | undefined> {
    return this.#call((control) => control.transaction(session, shard, step));
  }

  /** Closes the connection that a session keeps to a shard. */
  endSession(session: number, shard: number): Promise<void> {
    return this.#call((control) => control.endSession(session, shard));
  }

  /** Closes the thread's connections, then the thread. */
  async close(): Promise<void> {
    try {
      if (this.#pool.threads.length > 0) await this.#call((control) => control.close());
    } catch {
      // The thread is gone, and its sockets with it.
    }
    this.#closed = true;
    this.#control?.port.close();
    await this.#pool.destroy();
  }

  /** The pool; a new one after its thread died before it was ready, for then piscina starts no other. */
  #living(): Piscina {
    if (this.#pool.threads.length === 0) this.#pool = this.#start();
    return this.#pool;
  }

  #start(): Piscina {
    const pool = new Piscina({
      filename: threadEntry,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // Otherwise the thread is parked between tasks and its sockets go unserved.
      atomics: 'disabled',
      concurrentTasksPerWorker: TASKS_AT_ONCE,
      recordTiming: false,
      workerData: this.#settings,
    });
    // A thread that dies is replaced by piscina; its tasks learn of it by their ports.
    pool.on('error', () => undefined);
    // Told before the pool has decided on another one: what waits for a thread that will never be is rejected.
    const look = (): void => {
      if (pool.threads.length === 0 && !this.#closed) void pool.destroy();
      this.#loseLine();
    };
    pool.on('workerDestroy', () => queueMicrotask(look));
    return pool;
  }

  /** Sockets of a dead thread are closed, but a server that computes would notice only when it sends. */
  #cancelOrphans(): void {
    const alive = new Set(this.#pool.threads.map(({ threadId }) => threadId));
    const servers = new ShardServers(this.#settings.shards);
    for (const { shard, server, key } of this.#ledger.takeOrphans(alive)) {
      void cancelUnseen(servers.address(shard, server), key);
    }
  }

  #openLine(): StatementLine {
    const { port1, port2 } = new MessageChannel();
    const opened = this.#living().run(
      { kind: 'line', port: port2 },
      { transferList: [port2] },
    ) as Promise<void>;
    // A thread that does not start runs nothing.
    opened.catch(() => this.#loseLine());
    return new StatementLine(port1);
  }

  /** The thread is gone: its statements are told when the pool has decided what becomes of it, so that they can be sent again. */
  #loseLine(): void {
    const line = this.#line;
    if (line === undefined) return;
    this.#line = undefined;
    this.#cancelOrphans();
    line.lost();
  }

  async #call<Result>(call: (control: Remote<ThreadControl>) => Promise<Result>): Promise<Result> {
    this.#control ??= this.#attach();
    const { remote, port, lost } = this.#control;
    // An open control line alone does not keep the application's process running; calls under way do.
    this.#callsUnderWay++;
    port.ref();
    try {
      return await Promise.race([call(remote), lost]);
    } finally {
      this.#callsUnderWay--;
      if (this.#callsUnderWay === 0) port.unref();
    }
  }

  #attach(): ControlLine {
    const { port1, port2 } = new MessageChannel();
    const attached = this.#living().run(
      { kind: 'control', port: port2 },
      { transferList: [port2] },
    ) as Promise<void>;
    // A thread that does not start is noticed by whoever calls it: closing the port rejects nothing by itself.
    attached.catch(() => port1.close());
    port1.once('close', () => {
      if (this.#control?.port === port1) this.#control = undefined;
    });
    const remote = wrap<ThreadControl>(nodeEndpoint(port1));
    const lost = new Promise<never>((_, reject) => {
      port1.once('close', () => reject(new Error('The worker thread ended unexpectedly')));
    });
    // Whoever has a call under way hears of it; otherwise nobody needs to.
    lost.catch(() => undefined);
    return { remote, port: port1, lost };
  }
}

/** Ports go with the task to its thread. */
function portsOf(task: SlotTask): MessagePort[] {
  switch (task.kind) {
    case 'merge':
    case 'copy-in':
      return [task.port, ...task.inputs];
    case 'transport':
      return [task.port];
    case 'copy-out':
      return [task.port, task.output];
  }
}

/** Cancels what a session runs that nobody hears any more. */
async function cancelUnseen(address: ServerAddress, key: BackendKey): Promise<void> {
  try {
    await requestCancel(address, key);
    for (const pauseMs of CANCEL_AGAIN_MS) {
      await delay(pauseMs, undefined, { ref: false });
      await requestCancel(address, key);
    }
  } catch {
    // Then the server is gone as well.
  }
}
