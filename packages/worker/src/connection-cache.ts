import { threadId } from 'node:worker_threads';
import {
  ConnectionError,
  openConnection,
  type PostgresConnection,
  type ServerAddress,
  withinTime,
} from '@millrace/postgres';
import { NoServerError, SESSION_REFUSED, takesNobody } from './no-server-error.js';
import type { ShardSettings } from './protocol.js';
import { type ConnectionWish, SessionConnections } from './session-connections.js';
import type { LedgerEntry, SessionLedger } from './session-ledger.js';
import { ShardServers } from './shard-servers.js';

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
  readonly #servers: ShardServers;
  readonly #perServer: number;
  readonly #ledger: SessionLedger | undefined;
  readonly #connections = new Map<number, ShardConnections>();
  readonly #serverOf = new WeakMap<PostgresConnection, number>();
  /** Connections that sessions keep. They count as busy. */
  readonly sessions: SessionConnections = new SessionConnections(this);
  #closed = false;

  /** @param perServer connections kept to each server of a shard at most */
  constructor(shards: readonly ShardSettings[], perServer: number, ledger?: SessionLedger) {
    this.#servers = new ShardServers(shards);
    this.#perServer = perServer;
    this.#ledger = ledger;
  }

  /** Opens a connection to any server of a shard ahead of its use. Resolves to that server's values of the tied settings. */
  async open(shard: number): Promise<readonly string[]> {
    const connection = await this.acquire(shard, { servers: this.#servers.numbers(shard) });
    await this.release(shard, connection);
    return connection.tied;
  }

  /**
   * A connection to the first of some servers of a shard that takes us: an idle one, or a new one.
   *
   * @throws what the only server says, or NoServerError when none of several takes us
   */
  async acquire(
    shard: number,
    { servers = [0], tied }: ConnectionWish = {},
  ): Promise<PostgresConnection> {
    const connections = this.#of(shard);
    connections.busy++;
    const failures: { server: number; error: Error }[] = [];
    for (const server of this.#servers.inOrder(shard, servers)) {
      try {
        return await this.#connect(shard, server, tied);
      } catch (error) {
        failures.push({ server, error: error as Error });
        // A server that answers and refuses is not passed over: its refusal has to be heard.
        if (!takesNobody(error)) break;
        this.#servers.avoid(shard, server);
      }
    }
    connections.busy--;
    throw NoServerError.of(failures, this.#servers.of(shard));
  }

  /** The number of the server that a connection leads to. */
  serverOf(connection: PostgresConnection): number {
    return this.#serverOf.get(connection) as number;
  }

  /** Where a connection to a shard leads. */
  addressOf(shard: number, connection: PostgresConnection): ServerAddress {
    return this.#servers.address(shard, this.serverOf(connection));
  }

  /**
   * Takes a connection back. One that is closed, out of step or still in a transaction is let go; one whose statement may
   * have left something in the session is made new. Settles when the next statement may come.
   */
  async release(shard: number, connection: PostgresConnection): Promise<void> {
    const connections = this.#of(shard);
    if (connection.touched && this.#reusable(connection)) await renew(connection);
    connections.busy--;
    this.#ledger?.leave(threadId, this.#entry(shard, connection));
    // One that was still being opened when its statement was cancelled may be one too many.
    const most = this.#perServer * this.#servers.numbers(shard).length;
    const room = connections.idle.length + connections.busy < most;
    if (room && this.#reusable(connection)) connections.idle.push(connection);
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
    await Promise.all([...idle.map((connection) => connection.close()), this.sessions.close()]);
  }

  async #connect(
    shard: number,
    server: number,
    tied: ConnectionWish['tied'],
  ): Promise<PostgresConnection> {
    const address = this.#servers.address(shard, server);
    const connection = this.#takeIdle(this.#of(shard), server) ?? (await openConnection(address));
    this.#serverOf.set(connection, server);
    const entry = this.#entry(shard, connection);
    this.#ledger?.enter(threadId, entry);
    if (tied === undefined || tied.every((value, i) => value === connection.tied[i]))
      return connection;
    try {
      await tie(connection, tied, address.connectTimeoutMs);
      return connection;
    } catch (error) {
      this.#ledger?.leave(threadId, entry);
      void connection.close();
      throw error;
    }
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

  #reusable({ state, inTransaction }: PostgresConnection): boolean {
    return state === 'idle' && !inTransaction && !this.#closed;
  }

  #entry(shard: number, connection: PostgresConnection): LedgerEntry {
    return { shard, server: this.serverOf(connection), key: connection.key };
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

async function tie(
  connection: PostgresConnection,
  tied: readonly string[],
  ms: number,
): Promise<void> {
  const error = (): ConnectionError => new ConnectionError(`no answer within ${ms} ms`);
  try {
    await withinTime(connection, { ms, error }, connection.tie(tied));
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new ConnectionError(
      `The first shard's settings cannot be had here: ${reason}; name some for all by 'session'`,
      { code: SESSION_REFUSED, cause },
    );
  }
}

/** What does not become new in time, or at all, is destroyed. */
async function renew(connection: PostgresConnection): Promise<void> {
  const error = (): ConnectionError => new ConnectionError('The session was not made new in time');
  try {
    await withinTime(connection, { ms: RENEW_MS, error }, connection.renew());
  } catch (cause) {
    connection.destroy(new ConnectionError('The session could not be made new', { cause }));
  }
}
