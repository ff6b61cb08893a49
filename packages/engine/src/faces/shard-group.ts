import { CommitError, ShardError } from '../errors.js';

/** The same for every shard, at the same time; what fails says on which. For shards that are no servers of the engine. */
export class ShardGroup {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /**
   * Does something on every shard.
   *
   * @throws ShardError the first failure in shard order, when all have ended
   */
  async everywhere<T>(work: (shard: number) => T | Promise<T>): Promise<T[]> {
    const outcomes = await this.settle(work);
    return outcomes.map((outcome, shard) => {
      if (outcome.status === 'rejected') throw this.#failure(shard, outcome.reason);
      return outcome.value;
    });
  }

  settle<T>(work: (shard: number) => T | Promise<T>): Promise<PromiseSettledResult<Awaited<T>>[]> {
    return Promise.allSettled(
      this.#names.map(async (_, shard) => (await work(shard)) as Awaited<T>),
    );
  }

  /**
   * Commits on every shard.
   *
   * @throws CommitError naming the shards that have committed; of those that failed it is not known
   */
  async commit(work: (shard: number) => unknown): Promise<void> {
    const outcomes = await this.settle(work);
    const failed = outcomes.findIndex(({ status }) => status === 'rejected');
    if (failed < 0) return;
    const named = (status: 'fulfilled' | 'rejected'): string[] =>
      this.#names.filter((_, shard) => outcomes[shard]?.status === status);
    const { reason } = outcomes[failed] as PromiseRejectedResult;
    const { shard, code, message } = this.#failure(failed, reason);
    // Whether what failed has committed all the same is known to its database alone.
    const outcome = { committed: named('fulfilled'), notCommitted: [], unknown: named('rejected') };
    throw new CommitError(shard, message, { code, cause: reason, ...outcome });
  }

  #failure(shard: number, cause: unknown): ShardError {
    if (cause instanceof ShardError) return cause;
    const { code } = (typeof cause === 'object' && cause !== null ? cause : {}) as {
      code?: unknown;
    };
    return new ShardError(this.#names[shard] as string, messageOf(cause), {
      code: typeof code === 'string' ? code : 'MILLRACE_CONNECTION_OBJECT',
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
