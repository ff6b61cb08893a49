/** Sends the parts of a plan to the threads that own their shards' connections. */
import { MessageChannel } from 'node:worker_threads';
import type { ServerAddress, WireParameter } from '@millrace/postgres';
import { allocateLedger, type SessionUse } from '@millrace/worker';
import type { DistributedPlan } from '../plan/distributed-plan.js';
import type { ReplicaReads, Shard } from '../topology/shards.js';
import { Admission } from './admission.js';
import { DescriptionCache } from './description-cache.js';
import { CREDITS, Execution, type Losses } from './execution.js';
import { Routes } from './routes.js';
import { Session } from './session.js';
import { Slot } from './slot.js';
import { taskError, threadLost } from './task-failure.js';

export interface DispatcherSettings {
  readonly shards: readonly Shard[];
  /** How the servers of each shard are reached, by its index and theirs. */
  readonly addresses: readonly (readonly ServerAddress[])[];
  readonly replicaReads: ReplicaReads;
  /** Whether one shard that can be reached is enough to begin with. */
  readonly shardErrors: 'fail' | 'skip';
  readonly threads: number;
  readonly connectionsPerShard: number;
  readonly queueTimeoutMs: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  readonly verify: boolean;
}

export interface DispatchRequest {
  readonly plan: DistributedPlan;
  readonly parameters: readonly WireParameter[];
  /**
   * Whether a statement that reads may run at once where its description is known: it takes one round trip instead of two,
   * but no batch is to be had before every shard has begun to answer.
   */
  readonly atOnce: boolean;
  readonly losses: Losses;
  /** The session whose connections and places it uses; see `openSession`. */
  readonly session?: SessionUse;
  /** Aborted with the error that the call ends with. */
  readonly signal: AbortSignal;
  readonly onProgress:
    | ((shard: Shard, rows: number, bytes: number, done: boolean) => void)
    | undefined;
}

/** A server has so long to end a cancelled statement before its connection is closed. */
const CANCEL_GRACE_MS = 5_000;

export class Dispatcher {
  readonly #settings: DispatcherSettings;
  readonly #slots: readonly Slot[];
  readonly #admission: Admission;
  readonly #routes: Routes;
  readonly #descriptions = new DescriptionCache();
  readonly #running = new Set<Execution>();
  /** What some settings of every session must be: what they are on the first shard. */
  #tied: readonly string[] | undefined;
  #sessions = 0;
  #closed: (() => Error) | undefined;

  constructor(settings: DispatcherSettings) {
    this.#settings = settings;
    this.#admission = new Admission(
      settings.shards.length,
      settings.connectionsPerShard,
      settings.queueTimeoutMs,
    );
    this.#routes = new Routes(settings.shards, settings.replicaReads);
    const shards = settings.shards.map(({ name, index, servers }) => {
      const [address, ...others] = settings.addresses[index] as [ServerAddress, ...ServerAddress[]];
      const replicas = others.map((replica, i) => ({
        address: replica,
        place: servers[i + 1]?.place ?? '',
      }));
      return { name, address, replicas };
    });
    const places = settings.connectionsPerShard * Math.ceil(shards.length / settings.threads);
    this.#slots = Array.from({ length: settings.threads }, () => {
      const ledger = allocateLedger(places);
      const { connectionsPerShard, verify } = settings;
      const cancelGraceMs = CANCEL_GRACE_MS;
      return new Slot({ shards, connectionsPerShard, verify, cancelGraceMs, ledger });
    });
  }

  /**
   * Opens one connection to every shard.
   *
   * @throws ShardError for the first shard in order that cannot be reached, if one is too many
   */
  async open(): Promise<void> {
    const outcomes = await Promise.all(
      this.#settings.shards.map(async (shard) => {
        try {
          const { error, tied } = await this.#slotOf(shard.index).open(shard.index);
          return { tied, failure: error && taskError(shard, { error, server: 0 }) };
        } catch {
          return { failure: threadLost(shard) };
        }
      }),
    );
    const failures = outcomes.flatMap(({ failure }) => failure ?? []);
    const enough = this.#settings.shardErrors === 'skip' && failures.length < outcomes.length;
    if (failures.length > 0 && !enough) throw failures[0];
    this.#tied = outcomes.find(({ tied }) => tied !== undefined)?.tied;
  }

  /**
   * Starts a plan as soon as its shards have room for it.
   *
   * @throws TimeoutError when they have none in time, and the signal's reason
   */
  async start({
    plan,
    parameters,
    atOnce,
    losses,
    session,
    signal,
    onProgress,
  }: DispatchRequest): Promise<Execution> {
    const indexes = plan.parts.map(({ shard }) => shard);
    if (session === undefined) await this.#admission.enter(indexes, signal);
    if (this.#closed !== undefined) throw this.#closed();
    const shards = indexes.map((index) => this.#settings.shards[index] as Shard);
    const channels = shards.map(() => new MessageChannel());
    const onAbort = (): void => execution.fail(signal.reason as Error);
    const ports = channels.map(({ port1 }) => port1);
    const options = { parameterCount: parameters.length, losses };
    const execution: Execution = new Execution(shards, ports, options, {
      ...(onProgress && { progress: onProgress }),
      agreed: (description) => {
        for (const { sql } of plan.parts) this.#descriptions.set(sql, description);
      },
      settled: () => {
        this.#running.delete(execution);
        signal.removeEventListener('abort', onAbort);
      },
    });
    this.#running.add(execution);
    signal.addEventListener('abort', onAbort);
    // The signal may have been aborted after the admission, in the same turn.
    if (signal.aborted) onAbort();
    plan.parts.forEach(({ shard, sql }, part) => {
      const { batchRows, batchBytes } = this.#settings;
      const expected = atOnce ? this.#descriptions.get(sql, parameters.length) : undefined;
      const credits = CREDITS;
      const tied = this.#tied;
      const limits = { maxRows: batchRows, maxBytes: batchBytes };
      const port = (channels[part] as MessageChannel).port2;
      // What a transaction reads is where it writes.
      const servers = session === undefined ? this.#routes.servers(shard, sql) : [0];
      const task = { shard, servers, sql, parameters, limits, credits, port, expected, tied };
      this.#slotOf(shard)
        .run({ kind: 'shard', ...task, session })
        .then(
          () => execution.taskSettled(part, { failed: false }),
          () => execution.taskSettled(part, { failed: true }),
        )
        .finally(() => session === undefined && this.#admission.leave(shard));
    });
    return execution;
  }

  /**
   * Opens a session: a connection to each shard that nothing else uses, and a place on each until the session is closed.
   * Connections are made by its first statement.
   *
   * @throws TimeoutError when a shard has no place in time, and the signal's reason
   */
  async openSession(signal: AbortSignal): Promise<Session> {
    const { shards } = this.#settings;
    const indexes = shards.map(({ index }) => index);
    await this.#admission.enter(indexes, signal);
    return new Session(++this.#sessions, shards, {
      step: (id, shard, step) => this.#slotOf(shard).transaction(id, shard, step),
      end: async (id, shard) => {
        // The threads of a closed database have closed their connections.
        if (this.#closed === undefined) await this.#slotOf(shard).endSession(id, shard);
        this.#admission.leave(shard);
      },
    });
  }

  /** Fails what is under way with an error of its own each, then closes all connections and threads. */
  async close(error: () => Error): Promise<void> {
    this.#closed = error;
    this.#admission.close(error);
    for (const execution of this.#running) execution.fail(error());
    await Promise.all([...this.#running].map((execution) => execution.settled()));
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #slotOf(shard: number): Slot {
    return this.#slots[shard % this.#slots.length] as Slot;
  }
}
