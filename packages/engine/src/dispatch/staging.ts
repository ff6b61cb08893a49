/**
 * A connection to one server on which PostgreSQL itself answers a statement over rows of several shards.
 *
 * ```
 * command (create temp table … on commit drop) ─► copy ─► … ─► start ─► close
 * ```
 *
 * All of it is one REPEATABLE READ transaction that writes (temporary tables cannot be made in one that only reads, nor on a
 * standby) and is rolled back at the end. Where the server is one of the snapshot's own, it sees what the snapshot sees.
 * One thing after the other.
 */
import { textLiteral } from '@millrace/postgres';
import type { CopyLimits, SessionUse } from '@millrace/worker';
import { CancelledError } from '../errors.js';
import type { Shard } from '../topology/shards.js';
import type { CopyResult, CopyRun } from './copy-run.js';
import type { DispatchRequest } from './dispatch-request.js';
import { readValues, smallStatement } from './small-statement.js';
import type { Snapshot } from './snapshot.js';
import type { StepExecution } from './step-execution.js';
import { Turns } from './turns.js';

export interface CopyRequest {
  /** COPY (SELECT …) TO STDOUT, in text format, for shards of the snapshot, at most one each. */
  readonly from: readonly { readonly shard: number; readonly sql: string }[];
  /** COPY … FROM STDIN on the staging server. */
  readonly into: string;
  readonly limits: CopyLimits;
  /** Aborted with the error that the copy ends with. */
  readonly signal: AbortSignal;
}

export type StagingRequest = Omit<DispatchRequest, 'session' | 'ready'>;

/** What a staging asks of the dispatcher. */
export interface StagingPort {
  start(request: DispatchRequest): Promise<StepExecution>;
  copy(request: CopyRequest, uses: { from: SessionUse; into: SessionUse }): CopyRun;
  /** Ends what the staging has on its server and gives its place back. Rejects when the server's thread is lost. */
  end(id: number, shard: number): Promise<void>;
}

export class Staging {
  readonly #id: number;
  readonly #shard: Shard;
  readonly #snapshot: Snapshot;
  readonly #port: StagingPort;
  #isNew = true;
  readonly #turns = new Turns(() => new CancelledError('The staging is closed'));
  #closing: Promise<void> | undefined;

  /** Use `Dispatcher.openStaging`. */
  constructor(id: number, shard: Shard, snapshot: Snapshot, port: StagingPort) {
    this.#id = id;
    this.#shard = shard;
    this.#snapshot = snapshot;
    this.#port = port;
  }

  /** Index to name the server by in a request. */
  get shard(): number {
    return this.#shard.index;
  }

  /**
   * Runs a command for its effect.
   *
   * @throws SqlError with what the server says, ShardError when it is lost, and the signal's reason
   */
  async command(sql: string, signal: AbortSignal): Promise<void> {
    await this.#begin(signal);
    await this.#command(sql, signal);
  }

  /**
   * Copies rows of shards, as the snapshot sees them, into a table of the staging. They are read and written at the same
   * time, in fixed memory; the shards send as fast as the staging's server takes. When it fails, the transactions that took
   * part in it take no more statements.
   *
   * @throws CopyLimitError when there are more than `limits` says, and what `command` throws
   */
  async copy(request: CopyRequest): Promise<CopyResult> {
    const { signal } = request;
    await this.#begin(signal);
    if (this.#isNew) await this.#command('SELECT 1', signal);
    const run = await this.#turns.take(() =>
      this.#snapshot.use(signal, async (from) =>
        this.#port.copy(request, { from, into: this.#use() }),
      ),
    );
    return run.done();
  }

  /** Starts a statement on the staging's server. Its one part names `shard`. */
  async start(request: StagingRequest): Promise<StepExecution> {
    await this.#begin(request.signal);
    return this.#start(request);
  }

  /** Stops what is under way, rolls back, and frees connection and place. Never rejects; nobody needs to wait for it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#turns.close();
    // A thread that is lost has lost its connections.
    await Promise.allSettled([this.#port.end(this.#id, this.#shard.index)]);
  }

  /** Begins the transaction with the snapshot's own view, where that is to be had, or else with its first statement. */
  async #begin(signal: AbortSignal): Promise<void> {
    if (!this.#isNew) return;
    const view = await this.#snapshot.exported(this.#shard, signal);
    if (view !== undefined)
      await this.#command(`SET TRANSACTION SNAPSHOT ${textLiteral(view)}`, signal);
  }

  async #command(sql: string, signal: AbortSignal): Promise<void> {
    const request = smallStatement(this.#shard.index, sql, signal);
    await readValues(await this.#start(request));
  }

  #start(request: StagingRequest): Promise<StepExecution> {
    return this.#turns.take(() =>
      this.#port.start({ ...request, atOnce: false, session: this.#use() }),
    );
  }

  #use(): SessionUse {
    const isNew = this.#isNew;
    this.#isNew = false;
    return { id: this.#id, isNew, begin: 'staging' };
  }
}
