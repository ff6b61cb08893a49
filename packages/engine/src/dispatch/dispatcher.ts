/** Sends the parts of a plan to the threads that own their shards' connections. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { assert } from '@millrace/batch';
import type { ServerAddress } from '@millrace/postgres';
import {
  type ArrayLimits,
  allocateLedger,
  type LineStatement,
  type NamedDescription,
  type SessionUse,
} from '@millrace/worker';
import type { PlanPart } from '../plan/distributed-plan.js';
import type { ReplicaReads, Server, Shard } from '../topology/shards.js';
import { Admission } from './admission.js';
import type { CopyRun } from './copy-run.js';
import { DescriptionCache } from './description-cache.js';
import type { DispatchRequest } from './dispatch-request.js';
import { CREDITS, Execution } from './execution.js';
import type { MergeSettings } from './execution-merge.js';
import { RestartingExecution } from './restarting-execution.js';
import { Routes } from './routes.js';
import { Session } from './session.js';
import { Slot } from './slot.js';
import { Snapshot } from './snapshot.js';
import { type CopyRequest, Staging } from './staging.js';
import { type CopyUses, startCopy } from './start-copy.js';
import type { SentStatement } from './statement-line.js';
import type { StepExecution } from './step-execution.js';
import { taskError, threadLost } from './task-failure.js';
import type { UnderWay } from './turns.js';

export interface DispatcherSettings {
  readonly shards: readonly Shard[];
  /** How the servers of each shard are reached, by its index and theirs. */
  readonly addresses: readonly (readonly ServerAddress[])[];
  /** A server that holds no shard, for stagings. */
  readonly stagingServer?: { readonly server: Server; readonly address: ServerAddress };
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

export type { DispatchRequest };

/** The lines of a merge: to the engine, and from each shard's task. */
interface MergeChannels {
  readonly settings: MergeSettings;
  readonly port: MessagePort;
  readonly arrays: ArrayLimits | undefined;
  readonly inputs: readonly MessageChannel[];
}

/** A server has so long to end a cancelled statement before its connection is closed. */
const CANCEL_GRACE_MS = 5_000;
/** A COPY's chunk holds so much at most: it is written as it was read, so larger ones are not faster. */
const MOST_CHUNK_BYTES = 262_144;

export class Dispatcher {
  readonly #settings: DispatcherSettings;
  readonly #slots: readonly Slot[];
  readonly #admission: Admission;
  /** Places of stagings. Whoever has one waits for no other place. */
  readonly #stagingAdmission: Admission;
  /** All shards, then the server for stagings, if there is one. */
  readonly #shards: readonly Shard[];
  readonly #routes: Routes;
  readonly #descriptions = new DescriptionCache();
  readonly #running = new Set<UnderWay>();
  /** What some settings of every session must be: what they are on the first shard. */
  #tied: readonly string[] | undefined;
  #sessions = 0;
  #merges = 0;
  #closed: (() => Error) | undefined;

  constructor(settings: DispatcherSettings) {
    this.#settings = settings;
    this.#admission = new Admission(
      settings.shards.length,
      settings.connectionsPerShard,
      settings.queueTimeoutMs,
    );
    const { stagingServer } = settings;
    this.#shards = [...settings.shards, ...asShard(stagingServer, settings.shards.length)];
    this.#stagingAdmission = new Admission(
      this.#shards.length,
      settings.connectionsPerShard,
      settings.queueTimeoutMs,
    );
    this.#routes = new Routes(settings.shards, settings.replicaReads);
    const addresses = [...settings.addresses, ...(stagingServer ? [[stagingServer.address]] : [])];
    const shards = this.#shards.map(({ name, index, servers }) => {
      const [address, ...others] = addresses[index] as [ServerAddress, ...ServerAddress[]];
      const replicas = others.map((replica, i) => ({
        address: replica,
        place: servers[i + 1]?.place ?? '',
      }));
      return { name, address, replicas };
    });
    // A staging's connection is one more than those that a shard has places for.
    const places = 2 * settings.connectionsPerShard * Math.ceil(shards.length / settings.threads);
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
   * Asks a shard what statements would give, in one round trip. Nothing is run.
   *
   * @throws SqlError for the first statement that is wrong, ShardError when the shard does not answer
   */
  async describe(
    shard: Shard,
    statements: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly NamedDescription[]> {
    await this.#admission.enter([shard.index], signal);
    try {
      const { descriptions, error } = await this.#slotOf(shard.index)
        .describe(shard.index, statements)
        .catch(() => {
          throw threadLost(shard);
        });
      if (error !== undefined) throw taskError(shard, { error, server: 0 });
      return descriptions as readonly NamedDescription[];
    } finally {
      this.#admission.leave(shard.index);
    }
  }

  /**
   * Starts a step as soon as its shards have room for it. A merge that loses shards which may be passed over starts again
   * without them; but in a session, and after rows were handed out that cannot be taken back, it fails.
   *
   * @throws TimeoutError when they have none in time, and the signal's reason
   */
  async start(request: DispatchRequest): Promise<StepExecution> {
    const { step, losses, session } = request;
    const isMerged = (step.merge ?? request.arrays) !== undefined;
    if (!isMerged || losses === 'fail' || session !== undefined)
      return this.#start(request, step.parts);
    return RestartingExecution.start(this.#shardsOf(step.parts), step.parts, (parts) =>
      this.#start(request, parts),
    );
  }

  async #start(request: DispatchRequest, parts: readonly PlanPart[]): Promise<Execution> {
    const { parameters, losses, session, signal, onProgress } = request;
    const indexes = parts.map(({ shard }) => shard);
    if (session === undefined) await this.#admission.enter(indexes, signal);
    if (this.#closed !== undefined) throw this.#closed();
    const statements = parts.map(({ shard }) => this.#slotOf(shard).statement());
    const { unwanted = session === undefined ? 'cancel' : 'drop' } = request;
    const merge = this.#channelsOfMerge(request, parts.length);
    const onAbort = (): void => execution.fail(signal.reason as Error);
    const execution: Execution = new Execution(
      this.#shardsOf(parts),
      statements,
      {
        parameterCount: parameters.length,
        losses,
        ready: request.ready,
        ...(merge && { merge: merge.settings, cancelsUnwanted: unwanted === 'cancel' }),
      },
      {
        ...(onProgress && { progress: onProgress }),
        agreed: (description) => {
          for (const { sql } of parts) this.#descriptions.set(sql, description);
        },
        settled: () => {
          this.#running.delete(execution);
          signal.removeEventListener('abort', onAbort);
        },
      },
    );
    this.#running.add(execution);
    signal.addEventListener('abort', onAbort);
    // The signal may have been aborted after the admission, in the same turn.
    if (signal.aborted) onAbort();
    parts.forEach((part, index) => {
      const port = merge?.inputs[index]?.port1 ?? request.outputs?.[index];
      const output = port && { port, progress: onProgress !== undefined, unwanted };
      (statements[index] as SentStatement)
        .run(this.#lineStatement(part, request, output))
        .then(
          () => execution.taskSettled(index, { failed: false }),
          () => execution.taskSettled(index, { failed: true }),
        )
        .finally(() => session === undefined && this.#admission.leave(part.shard));
    });
    if (merge !== undefined) this.#runMerge(merge, execution);
    return execution;
  }

  #lineStatement(
    { shard, sql, parameters: own }: PlanPart,
    { parameters: common, atOnce, session }: DispatchRequest,
    output: LineStatement['output'],
  ): LineStatement {
    const { batchRows, batchBytes } = this.#settings;
    const parameters = own ?? common;
    return {
      kind: 'shard',
      shard,
      servers: this.#servers(shard, sql, session),
      sql,
      parameters,
      limits: { maxRows: batchRows, maxBytes: batchBytes },
      credits: CREDITS,
      output,
      expected: atOnce ? this.#descriptions.get(sql, parameters.length) : undefined,
      tied: this.#tied,
      session,
    };
  }

  #channelsOfMerge(
    { step, arrays }: DispatchRequest,
    inputCount: number,
  ): MergeChannels | undefined {
    const plan = step.merge;
    if (plan === undefined && arrays === undefined) return undefined;
    const { port1, port2 } = new MessageChannel();
    return {
      settings: { plan, port: port1, batchRows: this.#settings.batchRows },
      arrays,
      port: port2,
      inputs: Array.from({ length: inputCount }, () => new MessageChannel()),
    };
  }

  /** Merges take turns on the threads. Those of shards are told first of: an end of a thread is the shard's to tell. */
  #runMerge({ port, inputs, arrays }: MergeChannels, execution: Execution): void {
    const ports = inputs.map(({ port2 }) => port2);
    const slot = this.#slots[this.#merges++ % this.#slots.length] as Slot;
    slot.run({ kind: 'merge', inputs: ports, credits: CREDITS, port, arrays }).then(
      () => execution.mergeSettled({ failed: false }),
      () => execution.mergeSettled({ failed: true }),
    );
  }

  #shardsOf(parts: readonly PlanPart[]): Shard[] {
    return parts.map(({ shard }) => this.#shards[shard] as Shard);
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
      end: (id, shard) => this.#endSession(id, shard, this.#admission),
    });
  }

  /**
   * Opens a snapshot: a place and a connection on each of some shards, in a transaction that only reads and in which nothing
   * changes. Connections are made, and snapshots taken, by its first statement.
   *
   * @throws TimeoutError when a shard has no place in time, and the signal's reason
   */
  async openSnapshot(shards: readonly number[], signal: AbortSignal): Promise<Snapshot> {
    await this.#admission.enter(shards, signal);
    return new Snapshot(++this.#sessions, shards, {
      start: (request) => this.start(request),
      end: (id, shard) => this.#endSession(id, shard, this.#admission),
    });
  }

  /**
   * Opens a staging for what a snapshot sees, on the first server of a shard, or on the server that is there for it. It has a
   * connection beside those that shards have places for: as many stagings are open on a server as statements run on a shard.
   *
   * @throws TimeoutError when there is no place in time, and the signal's reason
   */
  async openStaging(
    target: number | 'server',
    { snapshot, signal }: { readonly snapshot: Snapshot; readonly signal: AbortSignal },
  ): Promise<Staging> {
    const index = target === 'server' ? this.#settings.shards.length : target;
    const shard = this.#shards[index];
    assert(shard !== undefined, 'there is such a server');
    await this.#stagingAdmission.enter([index], signal);
    return new Staging(++this.#sessions, shard, snapshot, {
      start: (request) => this.start(request),
      copy: (request, uses) => this.#startCopy(request, { ...uses, shard: index }),
      end: (id) => this.#endSession(id, index, this.#stagingAdmission),
    });
  }

  /** Fails what is under way with an error of its own each, then closes all connections and threads. */
  async close(error: () => Error): Promise<void> {
    this.#closed = error;
    this.#admission.close(error);
    this.#stagingAdmission.close(error);
    for (const execution of this.#running) execution.fail(error());
    await Promise.all([...this.#running].map((execution) => execution.settled()));
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #startCopy(request: CopyRequest, uses: CopyUses): CopyRun {
    if (this.#closed !== undefined) throw this.#closed();
    const run = startCopy(request, uses, {
      shard: (index) => this.#shards[index] as Shard,
      slot: (index) => this.#slotOf(index),
      chunkBytes: Math.min(this.#settings.batchBytes, MOST_CHUNK_BYTES),
    });
    this.#running.add(run);
    void run.settled().then(() => this.#running.delete(run));
    return run;
  }

  async #endSession(id: number, shard: number, admission: Admission): Promise<void> {
    try {
      // The threads of a closed database have closed their connections.
      if (this.#closed === undefined) await this.#slotOf(shard).endSession(id, shard);
    } finally {
      admission.leave(shard);
    }
  }

  /** Numbers of the servers that a statement may be sent to. A session that has connections keeps to them. */
  #servers(shard: number, sql: string, session: SessionUse | undefined): readonly number[] {
    if (session === undefined) return this.#routes.servers(shard, sql);
    // What a transaction reads is where it writes.
    const readsOnly = session.begin === 'snapshot' && session.isNew;
    return readsOnly ? this.#routes.servers(shard, 'SELECT') : [0];
  }

  #slotOf(shard: number): Slot {
    return this.#slots[shard % this.#slots.length] as Slot;
  }
}

/** The server for stagings is asked like a shard, by the next index. */
function asShard(staging: DispatcherSettings['stagingServer'], index: number): Shard[] {
  return staging === undefined ? [] : [{ index, name: 'staging', servers: [staging.server] }];
}
