/** A `ParallelConnection` over objects that are connections themselves, of any database, used from the caller's thread. */
import { CommitError, ConfigurationError, ShardError } from '../errors.js';
import type { Row } from '../result/row-assembler.js';
import { ObjectsResult } from './objects-result.js';
import type { ConnectionPool, LinkCursor, LinkResult, ParallelLink } from './parallel-link.js';

/** A cursor of a connection object. Every method may be synchronous or return a promise. */
export interface CursorLike {
  execute(sql: string, ...args: never[]): unknown;
  /** The next row; null or undefined after the last. */
  fetchone(): unknown;
  fetchall(): unknown;
  close?(): unknown;
  mogrify?(sql: string, ...args: never[]): unknown;
  /** Columns: names, objects with a `name`, or lists that begin with it. Null without rows. */
  readonly description?: unknown;
  readonly rowcount?: unknown;
}

/** A connection object. Every method may be synchronous or return a promise. */
export interface ConnectionLike {
  cursor(...args: never[]): CursorLike | Promise<CursorLike>;
  commit?(): unknown;
  rollback?(): unknown;
  close?(): unknown;
  /** Named in errors; `shard0`, `shard1`, … without. */
  readonly name?: string;
}

type Loose<T> = { [key in keyof T]: T[key] } & Record<string, (...args: unknown[]) => unknown>;

export class ConnectionObjects implements ParallelLink {
  readonly autocommit: boolean;
  readonly #connections: readonly ConnectionLike[];
  readonly #names: readonly string[];

  /** @throws ConfigurationError for a list that is empty, or has something in it that is no connection */
  constructor(connections: readonly ConnectionLike[], autocommit: boolean) {
    if (!Array.isArray(connections) || connections.length === 0) {
      throw new ConfigurationError(
        'new ParallelConnection takes a Database or a list of connections; for URLs there is ParallelConnection.connect',
      );
    }
    connections.forEach((connection, i) => {
      if (typeof (connection as Partial<ConnectionLike> | null)?.cursor === 'function') return;
      throw new ConfigurationError(`connections[${i}] is no connection: it has no cursor()`);
    });
    this.#connections = connections;
    this.#names = connections.map(({ name }, i) => (typeof name === 'string' ? name : `shard${i}`));
    // Connections that cannot roll back have no transactions either.
    this.autocommit = autocommit || !connections.every(({ rollback }) => rollback !== undefined);
  }

  cursor(args: readonly unknown[]): LinkCursor {
    const opened = this.#connections.map(async (connection) =>
      (connection as Loose<ConnectionLike>).cursor(...(args as never[])),
    );
    const cursors = this.#everywhere((i) => opened[i] as Promise<CursorLike>);
    // Told by the first statement.
    cursors.catch(() => undefined);
    return {
      execute: async (sql, more) =>
        this.#execute((await cursors) as Loose<CursorLike>[], sql, more),
      mogrify: async (sql, more) => {
        const [first] = (await cursors) as Loose<CursorLike>[];
        if (first?.mogrify === undefined)
          throw new ConfigurationError('These cursors have no mogrify()');
        return String(await first.mogrify(sql, ...(more as never[])));
      },
      close: async () => {
        const open = (await cursors.catch(() => [])) as Loose<CursorLike>[];
        await this.#everywhere((i) => open[i]?.close?.());
      },
    };
  }

  /** Commits on all at the same time. */
  async commit(): Promise<void> {
    const outcomes = await this.#settle((i) => this.#connections[i]?.commit?.());
    const named = (ok: boolean): string[] =>
      this.#names.filter((_, i) => (outcomes[i]?.status === 'fulfilled') === ok);
    const failed = outcomes.findIndex(({ status }) => status === 'rejected');
    if (failed < 0) return;
    const error = this.#failure(failed, (outcomes[failed] as PromiseRejectedResult).reason);
    // Whether what failed has committed all the same is known to its database alone.
    const outcome = { committed: named(true), notCommitted: [], unknown: named(false) };
    const { code, cause } = error;
    throw new CommitError(error.shard, messageOf(cause), { code, cause, ...outcome });
  }

  async rollback(): Promise<void> {
    await this.#everywhere((i) => this.#connections[i]?.rollback?.());
  }

  async putconn(pools: readonly ConnectionPool[]): Promise<void> {
    const { length } = this.#connections;
    if (!Array.isArray(pools) || pools.length !== length) {
      throw new ConfigurationError(`putconn takes a pool for each of the ${length} connections`);
    }
    await this.#everywhere((i) => pools[i]?.putconn(this.#connections[i] as never));
  }

  /** Rolls back where that can be done, then closes. */
  async close(): Promise<void> {
    await this.#settle((i) => (this.autocommit ? undefined : this.#connections[i]?.rollback?.()));
    await this.#everywhere((i) => this.#connections[i]?.close?.());
  }

  async #execute(
    cursors: readonly Loose<CursorLike>[],
    sql: string,
    args: readonly unknown[],
  ): Promise<LinkResult> {
    await this.#everywhere((i) => cursors[i]?.execute(sql, ...(args as never[])));
    return new ObjectsResult(cursors, (fetch) =>
      this.#everywhere((i) => fetch(cursors[i] as CursorLike, i) as Promise<Row>),
    );
  }

  /** Does something with each at the same time. When all have ended, the first failure in order is thrown. */
  async #everywhere<T>(work: (index: number) => T | Promise<T>): Promise<T[]> {
    const outcomes = await this.#settle(work);
    return outcomes.map((outcome, i) => {
      if (outcome.status === 'rejected') throw this.#failure(i, outcome.reason);
      return outcome.value;
    });
  }

  #settle<T>(work: (index: number) => T | Promise<T>): Promise<PromiseSettledResult<Awaited<T>>[]> {
    return Promise.allSettled(this.#connections.map(async (_, i) => work(i) as Awaited<T>));
  }

  #failure(index: number, cause: unknown): ShardError {
    const { code } = (typeof cause === 'object' && cause !== null ? cause : {}) as {
      code?: unknown;
    };
    return new ShardError(this.#names[index] as string, messageOf(cause), {
      code: typeof code === 'string' ? code : 'MILLRACE_CONNECTION_OBJECT',
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
