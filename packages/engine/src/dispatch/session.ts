/**
 * One connection to each shard, kept from statement to statement: what a transaction needs.
 *
 * ```
 * start ─► … ─► start ─► commit | rollback ─► start ─► … ─► close
 * ```
 *
 * Statements run one after the other. A connection that breaks is not replaced, for the transaction is gone with it; the
 * session can then only be closed. Its places on the shards are its own until it is closed.
 */
import type { ErrorEnvelope, SessionUse, TransactionStep } from '@millrace/worker';
import { CommitError } from '../errors.js';
import type { Shard } from '../topology/shards.js';
import type { StepExecution } from './step-execution.js';
import { taskError, threadLost } from './task-failure.js';

/** What a session asks of the dispatcher. */
export interface SessionPort {
  /** Rejects when the thread of the shard is lost. */
  step(id: number, shard: number, step: TransactionStep): Promise<ErrorEnvelope | undefined>;
  end(id: number, shard: number): Promise<void>;
}

/** What went wrong on a shard, and whether its connection is lost. */
interface StepFailure {
  readonly shard: Shard;
  readonly error: Error & { readonly code: string };
  readonly lost: boolean;
}

export class Session {
  readonly #id: number;
  readonly #shards: readonly Shard[];
  readonly #port: SessionPort;
  #isNew = true;
  #last: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** Use `Dispatcher.openSession`. */
  constructor(id: number, shards: readonly Shard[], port: SessionPort) {
    this.#id = id;
    this.#shards = shards;
    this.#port = port;
  }

  /**
   * Starts a statement when the one before it is over.
   *
   * @param begin begin a transaction, unless one is open
   */
  async start(
    begin: boolean,
    start: (use: SessionUse) => Promise<StepExecution>,
  ): Promise<StepExecution> {
    await this.#last;
    const isNew = this.#isNew;
    this.#isNew = false;
    const kind = begin ? 'transaction' : undefined;
    const execution = await start({ id: this.#id, isNew, begin: kind });
    this.#last = execution.settled();
    return execution;
  }

  /**
   * Commits on every shard, at the same time. Over several shards it first makes sure that each is there and its deferred
   * constraints hold, so that what can be known beforehand fails on no shard after another has committed.
   *
   * @throws CommitError naming where it is committed, where not, and where that is not known
   */
  async commit(): Promise<void> {
    await this.#last;
    const names = this.#shards.map(({ name }) => name);
    if (names.length > 1) {
      const refused = await this.#everywhere('check');
      if (refused.length > 0)
        throw commitError(refused, { committed: [], notCommitted: names, unknown: [] });
    }
    const failed = await this.#everywhere('commit');
    if (failed.length === 0) return;
    const unknown = failed.filter(({ lost }) => lost).map(({ shard }) => shard.name);
    const notCommitted = failed.filter(({ lost }) => !lost).map(({ shard }) => shard.name);
    const committed = names.filter(
      (name) => !unknown.includes(name) && !notCommitted.includes(name),
    );
    throw commitError(failed, { committed, notCommitted, unknown });
  }

  /** Rolls back on every shard. False when a shard is lost (its transaction is gone, too): close the session then. */
  async rollback(): Promise<boolean> {
    await this.#last;
    return (await this.#everywhere('rollback')).length === 0;
  }

  /** Closes its connections; what is open on them is rolled back by their servers. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#last;
    const ends = this.#shards.map(({ index }) => this.#port.end(this.#id, index));
    // A thread that is lost has lost its connections.
    await Promise.allSettled(ends);
  }

  async #everywhere(step: TransactionStep): Promise<StepFailure[]> {
    const outcomes = await Promise.all(this.#shards.map((shard) => this.#step(shard, step)));
    return outcomes.filter((outcome) => outcome !== undefined);
  }

  async #step(shard: Shard, step: TransactionStep): Promise<StepFailure | undefined> {
    try {
      const envelope = await this.#port.step(this.#id, shard.index, step);
      if (envelope === undefined) return undefined;
      const error = taskError(shard, { error: envelope, server: 0 });
      return { shard, error, lost: envelope.kind !== 'server' };
    } catch {
      return { shard, error: threadLost(shard), lost: true };
    }
  }
}

function commitError(
  failures: readonly StepFailure[],
  outcome: Pick<CommitError, 'committed' | 'notCommitted' | 'unknown'>,
): CommitError {
  const { shard, error } = failures[0] as StepFailure;
  return new CommitError(shard.name, error.message, { code: error.code, cause: error, ...outcome });
}
