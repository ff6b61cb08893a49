/**
 * Statements that see the same data on some shards, however long they take and whatever is written meanwhile.
 *
 * ```
 * start ─► start ─► … ─► close
 * ```
 *
 * On each shard they run in one REPEATABLE READ READ ONLY transaction. BEGIN takes no snapshot there, the check of its first
 * statement does: so the first `start` has every shard of the snapshot check a statement before any of them reads a row.
 * This is one snapshot a shard, not one over all shards: `spanMs` says how far apart they may be.
 *
 * Statements run one after the other. A connection that breaks is not replaced: what it saw is gone with it.
 */
import type { SessionUse } from '@millrace/worker';
import { CancelledError, ShardError } from '../errors.js';
import type { Shard } from '../topology/shards.js';
import { deferred } from './deferred.js';
import type { DispatchRequest } from './dispatch-request.js';
import { readValues, smallStatement } from './small-statement.js';
import type { StepExecution } from './step-execution.js';
import { Turns, type UnderWay } from './turns.js';

export type SnapshotRequest = Omit<DispatchRequest, 'session' | 'ready'>;

/** What a snapshot asks of the dispatcher. */
export interface SnapshotPort {
  start(request: DispatchRequest): Promise<StepExecution>;
  /** Ends what the snapshot has on a shard and gives its place back. Rejects when the shard's thread is lost. */
  end(id: number, shard: number): Promise<void>;
}

/** What takes the snapshot of a shard that the first statement does not ask. */
const TRIVIAL = 'SELECT 1';
/** A bug of ours is never passed over. */
const INTERNAL = 'MILLRACE_INTERNAL';

export class Snapshot {
  readonly #id: number;
  readonly #shards: readonly number[];
  readonly #port: SnapshotPort;
  readonly #turns = new Turns(() => new CancelledError('The snapshot is closed'));
  /** The first statement may be two: for those shards that it asks, and for the others. */
  #first: readonly StepExecution[] = [];
  #closing: Promise<void> | undefined;

  /** Use `Dispatcher.openSnapshot`. */
  constructor(id: number, shards: readonly number[], port: SnapshotPort) {
    this.#id = id;
    this.#shards = shards;
    this.#port = port;
  }

  /** Starts a statement on some of the shards, when the one before it is over. */
  start(request: SnapshotRequest): Promise<StepExecution> {
    return this.#turns.take(async (also) => {
      if (this.#first.length === 0) return this.#startFirst(request, also);
      // A refused description is described anew only where the transaction may begin anew.
      return this.#port.start({ ...request, atOnce: false, session: this.#use(false) });
    });
  }

  /** Does something else than a statement on the connections of its shards, when what was before is over. */
  async use<T extends UnderWay>(
    signal: AbortSignal,
    start: (session: SessionUse) => Promise<T>,
  ): Promise<T> {
    if (this.#first.length === 0)
      await readValues(await this.start(smallStatement(this.#shards[0] ?? 0, TRIVIAL, signal)));
    return this.#turns.take(() => start(this.#use(false)));
  }

  /**
   * A name by which another transaction on a shard's first server can see what this one sees ("Snapshot Synchronization
   * Functions" of PostgreSQL's documentation); undefined where the snapshot is of another server, or of none there.
   */
  async exported(shard: Shard, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#shards.includes(shard.index)) return undefined;
    const sql = 'SELECT pg_catalog.pg_export_snapshot()';
    const execution = await this.start(smallStatement(shard.index, sql, signal));
    const [name] = await readValues(execution);
    const server = execution.stats()[0]?.server;
    return server === shard.servers[0]?.place ? (name as string) : undefined;
  }

  /**
   * The shards' snapshots have been taken within so many milliseconds. Known when the first statement has its columns;
   * undefined before.
   */
  get spanMs(): number | undefined {
    const times = this.#first.flatMap((execution) => execution.snapshots());
    if (times.length === 0) return undefined;
    const last = Math.max(...times.map(({ answeredAt }) => answeredAt));
    return last - Math.min(...times.map(({ askedAt }) => askedAt));
  }

  /**
   * Stops what is under way, rolls back, and frees connections and places. Never rejects. Nobody needs to wait for it:
   * only the places are taken until it settles.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#turns.close();
    const ends = this.#shards.map((shard) => this.#port.end(this.#id, shard));
    // A thread that is lost has lost its connections.
    await Promise.allSettled(ends);
  }

  async #startFirst(
    request: SnapshotRequest,
    also: (more: UnderWay) => void,
  ): Promise<StepExecution> {
    const asked = new Set(request.step.parts.map(({ shard }) => shard));
    const others = this.#shards.filter((shard) => !asked.has(shard));
    const session = this.#use(true);
    // Run at once, it would read rows of one shard while another has no snapshot yet.
    const atOnce = request.atOnce && this.#shards.length === 1;
    const ready = deferred<void>();
    const execution = await this.#port.start({
      ...request,
      atOnce,
      session,
      ...(others.length > 0 && { ready: ready.promise }),
    });
    this.#first = [execution];
    also(execution);
    if (others.length === 0) return execution;
    const preparation = await this.#prepare(others, request);
    this.#first = [execution, preparation];
    also(preparation);
    execution.columns().catch((error: Error) => preparation.fail(error));
    preparation.columns().then(
      () => ready.resolve(),
      (error: Error) => {
        const passedOver = request.losses !== 'fail' && error instanceof ShardError;
        if (passedOver && error.code !== INTERNAL) ready.resolve();
        else execution.fail(error);
      },
    );
    return execution;
  }

  /** Has the other shards take their snapshots at the same time. */
  #prepare(shards: readonly number[], { losses, signal }: SnapshotRequest): Promise<StepExecution> {
    return this.#port.start({
      step: { parts: shards.map((shard) => ({ shard, sql: TRIVIAL })) },
      parameters: [],
      atOnce: false,
      losses,
      session: this.#use(true),
      signal,
      onProgress: undefined,
    });
  }

  #use(isNew: boolean): SessionUse {
    return { id: this.#id, isNew, begin: 'snapshot' };
  }
}
