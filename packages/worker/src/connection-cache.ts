import { openConnection, type PostgresConnection } from '@millrace/postgres';
import type { ShardSettings } from './protocol.js';

interface ShardConnections {
  readonly idle: PostgresConnection[];
  busy: number;
}

/**
 * The connections of one thread, by shard. How many there may be is decided where statements are admitted (the engine's
 * dispatcher): a task that has been started never waits here for another one.
 */
export class ConnectionCache {
  readonly #shards: readonly ShardSettings[];
  readonly #connections = new Map<number, ShardConnections>();
  #closed = false;

  constructor(shards: readonly ShardSettings[]) {
    this.#shards = shards;
  }

  /** Opens a connection ahead of its first use. */
  async open(shard: number): Promise<void> {
    this.release(shard, await this.acquire(shard));
  }

  /** An idle connection, or a new one. */
  async acquire(shard: number): Promise<PostgresConnection> {
    const connections = this.#of(shard);
    connections.busy++;
    for (let idle = connections.idle.pop(); idle !== undefined; idle = connections.idle.pop()) {
      if (idle.state === 'idle') return idle;
    }
    try {
      return await openConnection((this.#shards[shard] as ShardSettings).address);
    } catch (error) {
      connections.busy--;
      throw error;
    }
  }

  /** Takes a connection back. One that is closed, out of step or still in a transaction is let go. */
  release(shard: number, connection: PostgresConnection): void {
    const connections = this.#of(shard);
    connections.busy--;
    const reusable = connection.state === 'idle' && !connection.inTransaction;
    if (reusable && !this.#closed) connections.idle.push(connection);
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

  #of(shard: number): ShardConnections {
    let connections = this.#connections.get(shard);
    if (connections === undefined) {
      connections = { idle: [], busy: 0 };
      this.#connections.set(shard, connections);
    }
    return connections;
  }
}
