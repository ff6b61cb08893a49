/**
 * One worker thread: a piscina pool of exactly one thread, so that every shard's connections stay in the thread that
 * owns them. Statements are piscina tasks whose results come over ports of their own; rare calls go by comlink.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import {
  type ErrorEnvelope,
  type ShardTask,
  type ThreadControl,
  type ThreadSettings,
  threadEntry,
} from '@millrace/worker';
import { type Remote, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { Piscina } from 'piscina';

/** No statement waits for another one on its thread: how many there are is for `Admission` to decide. */
const TASKS_AT_ONCE = 1_000_000;

interface ControlLine {
  readonly remote: Remote<ThreadControl>;
  readonly port: MessagePort;
  /** Rejected when the thread is gone: comlink's calls would wait for ever. */
  readonly lost: Promise<never>;
}

export class Slot {
  readonly #pool: Piscina;
  #control: ControlLine | undefined;
  #callsUnderWay = 0;

  constructor(settings: ThreadSettings) {
    this.#pool = new Piscina({
      filename: threadEntry,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // Otherwise the thread is parked between tasks and its sockets go unserved.
      atomics: 'disabled',
      concurrentTasksPerWorker: TASKS_AT_ONCE,
      recordTiming: false,
      workerData: settings,
    });
    // A thread that dies is replaced by piscina; its tasks learn of it by their ports.
    this.#pool.on('error', () => {
      this.#control = undefined;
    });
  }

  /** Runs a statement. Settles when its connection is free again; rejects when the thread dies. */
  run(task: ShardTask): Promise<void> {
    return this.#pool.run(task, { transferList: [task.port] }) as Promise<void>;
  }

  /** Opens a connection to a shard ahead of its first statement. Resolves to what went wrong, if anything did. */
  open(shard: number): Promise<ErrorEnvelope | undefined> {
    return this.#call((control) => control.open(shard));
  }

  /** Closes the thread's connections, then the thread. */
  async close(): Promise<void> {
    if (this.#control !== undefined) await this.#call((control) => control.close());
    this.#control?.port.close();
    await this.#pool.destroy();
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
    const attached = this.#pool.run(
      { kind: 'control', port: port2 },
      { transferList: [port2] },
    ) as Promise<void>;
    // A thread that does not start is noticed by whoever calls it: closing the port rejects nothing by itself.
    attached.catch(() => port1.close());
    const remote = wrap<ThreadControl>(nodeEndpoint(port1));
    const lost = new Promise<never>((_, reject) => {
      port1.once('close', () => reject(new Error('The worker thread ended unexpectedly')));
    });
    // Whoever has a call under way hears of it; otherwise nobody needs to.
    lost.catch(() => undefined);
    return { remote, port: port1, lost };
  }
}
