import { openConnection, type PostgresConnection, type ServerAddress } from '@millrace/postgres';
import { NoServerError, takesNobody } from './no-server-error.js';
import type { ShardSettings } from './protocol.js';

interface ShardConnections {
  readonly idle: PostgresConnection[];
  busy: number;
}

/** A server that could not be reached is asked last for so long. */
const AVOID_MS = 5_000;

/**
 * The connections of one thread, by shard. How many there may be is decided where statements are admitted (the engine's
 * dispatcher): a task that has been started never waits here for another one.
 */
export class ConnectionCache {
  readonly #shards: readonly ShardSettings[];
  readonly #connections = new Map<number, ShardConnections>();
  readonly #servers = new WeakMap<PostgresConnection, number>();
  /** Until when a server is asked last, by `performance.now()`. */
  readonly #avoided = new Map<ServerAddress, number>();
  #closed = false;

  constructor(shards: readonly ShardSettings[]) {
    this.#shards = shards;
  }

  /** Opens a connection to any server of a shard ahead of its first use. */
  async open(shard: number): Promise<void> {
    const { replicas = [] } = this.#shards[shard] as ShardSettings;
    const all = [0, ...replicas.map((_, i) => i + 1)];
    this.release(shard, await this.acquire(shard, all));
  }

  /**
   * A connection to the first of some servers of a shard that takes us: an idle one, or a new one.
   *
   * @param servers in the order in which they are asked
   * @throws what the only server says, or NoServerError when none of several takes us
   */
  async acquire(shard: number, servers: readonly number[] = [0]): Promise<PostgresConnection> {
    const connections = this.#of(shard);
    connections.busy++;
    const failures: { server: number; error: Error }[] = [];
    for (const server of this.#inOrder(shard, servers)) {
      const idle = this.#takeIdle(connections, server);
      if (idle !== undefined) return idle;
      try {
        return await this.#connect(shard, server);
      } catch (error) {
        failures.push({ server, error: error as Error });
        // A server that answers and refuses is not passed over: its refusal has to be heard.
        if (!takesNobody(error)) break;
        this.#avoided.set(this.#address(shard, server), performance.now() + AVOID_MS);
      }
    }
    connections.busy--;
    throw NoServerError.of(failures, this.#shards[shard] as ShardSettings);
  }

  /** The number of the server that a connection leads to. */
  serverOf(connection: PostgresConnection): number {
    return this.#servers.get(connection) as number;
  }

  /** Where a connection to a shard leads. */
  addressOf(shard: number, connection: PostgresConnection): ServerAddress {
    return this.#address(shard, this.serverOf(connection));
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

  async #connect(shard: number, server: number): Promise<PostgresConnection> {
    const connection = await openConnection(this.#address(shard, server));
    this.#servers.set(connection, server);
    return connection;
  }

  /** The last one that came back: what lay idle the shortest is the likeliest to be alive. */
  #takeIdle({ idle }: ShardConnections, server: number): PostgresConnection | undefined {
    for (let i = idle.length - 1; i >= 0; i--) {
      const connection = idle[i] as PostgresConnection;
      if (connection.state !== 'idle') idle.splice(i, 1);
      else if (this.serverOf(connection) === server) return idle.splice(i, 1)[0];
    }
    return undefined;
  }

  #inOrder(shard: number, servers: readonly number[]): readonly number[] {
    if (servers.length === 1) return servers;
    const now = performance.now();
    const avoided = (server: number): boolean =>
      (this.#avoided.get(this.#address(shard, server)) ?? 0) > now;
    return [...servers.filter((server) => !avoided(server)), ...servers.filter(avoided)];
  }

  #address(shard: number, server: number): ServerAddress {
    const { address, replicas } = this.#shards[shard] as ShardSettings;
    return server === 0 ? address : (replicas?.[server - 1]?.address as ServerAddress);
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
