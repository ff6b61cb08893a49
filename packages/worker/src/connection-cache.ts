import { threadId } from 'node:worker_threads';
import {
  ConnectionError,
  openConnection,
  type PostgresConnection,
  withinTime,
} from '@millrace/postgres';
import type { ShardSettings } from './protocol.js';
import type { SessionLedger } from './session-ledger.js';

interface ShardConnections {
  readonly idle: PostgresConnection[];
  busy: number;
}

/** A server has so long to make a session new; then a new connection is the quicker way. */
const RENEW_MS = 5_000;

/**
 * The connections of one thread, by shard. How many there may be is decided where statements are admitted (the engine's
 * dispatcher): a task that has been started never waits here for another one.
 */
export class ConnectionCache {
  readonly #shards: readonly ShardSettings[];
  readonly #ledger: SessionLedger | undefined;
  readonly #connections = new Map<number, ShardConnections>();
  #closed = false;

  constructor(shards: readonly ShardSettings[], ledger?: SessionLedger) {
    this.#shards = shards;
    this.#ledger = ledger;
  }

  /** Opens a connection ahead of its first use. Resolves to its server's values of the tied settings. */
  async open(shard: number): Promise<readonly string[]> {
    const connection = await this.acquire(shard);
    await this.release(shard, connection);
    return connection.tied;
  }

  /** An idle connection, or a new one; its tied settings have the values given. */
  async acquire(shard: number, tied?: readonly string[]): Promise<PostgresConnection> {
    const connections = this.#of(shard);
    connections.busy++;
    try {
      const connection = this.#idleOf(connections) ?? (await this.#open(shard));
      this.#ledger?.enter(threadId, { shard, key: connection.key });
      if (tied?.some((value, i) => value !== connection.tied[i]))
        await this.#tie(shard, connection, tied);
      return connection;
    } catch (error) {
      connections.busy--;
      throw error;
    }
  }

  /**
   * Takes a connection back. One that is closed, out of step or still in a transaction is let go; one whose statement may
   * have left something in the session is made new. Settles when the next statement may come.
   */
  async release(shard: number, connection: PostgresConnection): Promise<void> {
    const connections = this.#of(shard);
    if (connection.touched && this.#reusable(connection)) await this.#renew(connection);
    connections.busy--;
    this.#ledger?.leave(threadId, { shard, key: connection.key });
    if (this.#reusable(connection)) connections.idle.push(connection);
    else void connection.close();
  }

  statistics(): Record<number, { idle: number; busy: number }> {
    return Object.fromEntries(
      [...this.#connections].map(([shard, { idle, busy }]) => [shard, { idle: idle.length, busy }]),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    const idle = [...this.#connections.values()].flatMap((connections) =>
      connections.idle.splice(0),
    );
    await Promise.all(idle.map((connection) => connection.close()));
  }

  #reusable({ state, inTransaction }: PostgresConnection): boolean {
    return state === 'idle' && !inTransaction && !this.#closed;
  }

  #idleOf({ idle }: ShardConnections): PostgresConnection | undefined {
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      if (found.state === 'idle') return found;
    }
    return undefined;
  }

  #open(shard: number): Promise<PostgresConnection> {
    return openConnection((this.#shards[shard] as ShardSettings).address);
  }

  async #tie(
    shard: number,
    connection: PostgresConnection,
    tied: readonly string[],
  ): Promise<void> {
    const { connectTimeoutMs: ms } = (this.#shards[shard] as ShardSettings).address;
    const error = (): ConnectionError => new ConnectionError(`no answer within ${ms} ms`);
    try {
      await withinTime(connection, { ms, error }, connection.tie(tied));
    } catch (cause) {
      this.#ledger?.leave(threadId, { shard, key: connection.key });
      void connection.close();
      const reason = (cause as Error).message;
      throw new ConnectionError(
        `The first shard's settings cannot be had here: ${reason}; name some for all by 'session'`,
        { code: 'MILLRACE_SESSION', cause },
      );
    }
  }

  /** What does not become new in time, or at all, is destroyed. */
  async #renew(connection: PostgresConnection): Promise<void> {
    const error = (): ConnectionError =>
      new ConnectionError('The session was not made new in time');
    try {
      await withinTime(connection, { ms: RENEW_MS, error }, connection.renew());
    } catch (cause) {
      connection.destroy(new ConnectionError('The session could not be made new', { cause }));
    }
  }

  #of(shard: number): ShardConnections {
    let connections = this.#connections.get(shard);
    if (connections === undefined) {
      connections = { idle: [], busy: 0 };
      this.#connections.set(shard, connections);
    }
    return connections;
  }
}
