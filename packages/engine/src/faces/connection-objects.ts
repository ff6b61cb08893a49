/** A `ParallelConnection` over objects that are connections themselves, of any database, used from the caller's thread. */
import { ConfigurationError } from '../errors.js';
import type { Row } from '../result/row-assembler.js';
import { ObjectsResult } from './objects-result.js';
import type { ConnectionPool, LinkCursor, LinkResult, ParallelLink } from './parallel-link.js';
import { ShardGroup } from './shard-group.js';

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
  readonly #shards: ShardGroup;

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
    this.#shards = new ShardGroup(
      connections.map(({ name }, i) => (typeof name === 'string' ? name : `shard${i}`)),
    );
    // Connections that cannot roll back have no transactions either.
    this.autocommit = autocommit || !connections.every(({ rollback }) => rollback !== undefined);
  }

  cursor(args: readonly unknown[]): LinkCursor {
    const opened = this.#connections.map(async (connection) =>
      (connection as Loose<ConnectionLike>).cursor(...(args as never[])),
    );
    const cursors = this.#shards.everywhere((i) => opened[i] as Promise<CursorLike>);
    // Told by the first statement.
    cursors.catch(() => undefined);
    return {
      prepare: async (sql, more) => async () =>
        this.#execute((await cursors) as Loose<CursorLike>[], sql, more),
      mogrify: async (sql, more) => {
        const [first] = (await cursors) as Loose<CursorLike>[];
        if (first?.mogrify === undefined)
          throw new ConfigurationError('These cursors have no mogrify()');
        return String(await first.mogrify(sql, ...(more as never[])));
      },
      close: async () => {
        const open = (await cursors.catch(() => [])) as Loose<CursorLike>[];
        await this.#shards.everywhere((i) => open[i]?.close?.());
      },
    };
  }

  /** Commits on all at the same time. */
  commit(): Promise<void> {
    return this.#shards.commit((i) => this.#connections[i]?.commit?.());
  }

  async rollback(): Promise<void> {
    await this.#shards.everywhere((i) => this.#connections[i]?.rollback?.());
  }

  async putconn(pools: readonly ConnectionPool[]): Promise<void> {
    const { length } = this.#connections;
    if (!Array.isArray(pools) || pools.length !== length) {
      throw new ConfigurationError(`putconn takes a pool for each of the ${length} connections`);
    }
    await this.#shards.everywhere((i) => pools[i]?.putconn(this.#connections[i] as never));
  }

  /** Rolls back where that can be done, then closes. */
  async close(): Promise<void> {
    await this.#shards.settle((i) =>
      this.autocommit ? undefined : this.#connections[i]?.rollback?.(),
    );
    await this.#shards.everywhere((i) => this.#connections[i]?.close?.());
  }

  async #execute(
    cursors: readonly Loose<CursorLike>[],
    sql: string,
    args: readonly unknown[],
  ): Promise<LinkResult> {
    await this.#shards.everywhere((i) => cursors[i]?.execute(sql, ...(args as never[])));
    return new ObjectsResult(cursors, (fetch) =>
      this.#shards.everywhere((i) => fetch(cursors[i] as CursorLike, i) as Promise<Row>),
    );
  }
}
