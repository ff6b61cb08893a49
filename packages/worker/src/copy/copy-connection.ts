import type { PostgresConnection } from '@millrace/postgres';
import { TaskCancelledError } from '../error-envelope.js';
import type { SessionUse } from '../protocol.js';
import type { ShardTaskContext } from '../shard-task.js';
import { stopServer } from '../stop-server.js';

/** The connection that a COPY runs on, and how it is stopped there. */
export class CopyConnection {
  readonly #shard: number;
  readonly #context: ShardTaskContext;
  #connection: PostgresConnection | undefined;
  #reason: unknown;
  #stopping: Promise<void> | undefined;

  constructor(shard: number, context: ShardTaskContext) {
    this.#shard = shard;
    this.#context = context;
  }

  /** Why it was stopped; undefined when it was not. */
  get reason(): unknown {
    return this.#reason;
  }

  /** The session's connection to the shard. @throws the reason, when it has been stopped meanwhile */
  async acquire(session: SessionUse): Promise<PostgresConnection> {
    this.#connection = await this.#context.connections.sessions.acquire(session, this.#shard);
    if (this.#reason !== undefined) throw this.#reason;
    return this.#connection;
  }

  /** Goes on with reading what had no credit. */
  resume(): void {
    this.#connection?.resume();
  }

  /** Ends the COPY, on its server, too. The first reason is its outcome. */
  stop(reason: unknown = new TaskCancelledError()): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const connection = this.#connection;
    if (connection?.state !== 'busy') return;
    const address = this.#context.connections.addressOf(this.#shard, connection);
    connection.abandon(reason);
    this.#stopping = stopServer(connection, address, this.#context.settings.cancelGraceMs);
  }

  /** Settles when a server that was told to stop has done so, or its connection is closed. */
  async stopped(): Promise<void> {
    await this.#stopping;
  }
}
