/**
 * The connections of sessions: one for each session and shard, from its first statement there to the session's end. Then
 * it goes back like any other: made new where something was left in it, closed where a transaction was left open.
 */
import { ConnectionError, type PostgresConnection, ServerError } from '@millrace/postgres';
import type { SessionUse, TransactionStep } from './protocol.js';

/** SQLSTATE of a statement in a transaction that has failed. */
const IN_FAILED_TRANSACTION = '25P02';

/** What a connection has to be. */
export interface ConnectionWish {
  /** Numbers of the servers that it may lead to, in the order in which they are asked. Default: the first server. */
  readonly servers?: readonly number[];
  /** Values of the tied settings. Default: its server's own. */
  readonly tied?: readonly string[] | undefined;
}

/** Where connections come from, and go back to. */
export interface ConnectionSource {
  acquire(shard: number, wish?: ConnectionWish): Promise<PostgresConnection>;
  release(shard: number, connection: PostgresConnection): Promise<void>;
}

export class SessionConnections {
  readonly #source: ConnectionSource;
  /** By session, then shard. Promises, so that a session can end while its connection is being made. */
  readonly #sessions = new Map<number, Map<number, Promise<PostgresConnection>>>();

  constructor(source: ConnectionSource) {
    this.#source = source;
  }

  /**
   * The connection of a session to a shard. It is never replaced.
   *
   * @throws ConnectionError when it has been lost, or could not be made
   */
  async acquire(
    { id, isNew }: Pick<SessionUse, 'id' | 'isNew'>,
    shard: number,
    wish: ConnectionWish = {},
  ): Promise<PostgresConnection> {
    let shards = this.#sessions.get(id);
    if (isNew && shards === undefined) {
      shards = new Map();
      this.#sessions.set(id, shards);
    }
    if (isNew && shards?.has(shard) === false) {
      shards.set(shard, this.#source.acquire(shard, wish));
    }
    const connection = await shards?.get(shard);
    // The session may have ended meanwhile; then it is somebody else's.
    const isKept = this.#sessions.get(id)?.has(shard) === true;
    if (!isKept || connection === undefined || connection.state === 'closed') throw lost();
    return connection;
  }

  /**
   * Checks or ends the transaction of a session on a shard. Without an open one there is nothing to do.
   *
   * @throws ConnectionError when the connection is lost: what became of a commit under way is then not known
   * @throws ServerError when the server refuses; then nothing is committed
   */
  async step(id: number, shard: number, step: TransactionStep): Promise<void> {
    const connection = await this.acquire({ id, isNew: false }, shard);
    if (!connection.inTransaction) return;
    if (step === 'rollback') return void (await connection.command('ROLLBACK'));
    if (connection.transactionFailed) throw transactionFailed();
    // What is checked as late as at the commit is checked now, while every shard can still be rolled back.
    await connection.command(step === 'commit' ? 'COMMIT' : 'SET CONSTRAINTS ALL IMMEDIATE');
  }

  async end(id: number, shard: number): Promise<void> {
    const shards = this.#sessions.get(id);
    const opening = shards?.get(shard);
    shards?.delete(shard);
    if (shards?.size === 0) this.#sessions.delete(id);
    const connection = await opening?.catch(() => undefined);
    if (connection !== undefined) await this.#source.release(shard, connection);
  }

  async close(): Promise<void> {
    const all = [...this.#sessions].flatMap(([id, shards]) =>
      [...shards.keys()].map((shard) => this.end(id, shard)),
    );
    await Promise.all(all);
  }
}

function lost(): ConnectionError {
  const message =
    'The connection of the transaction is lost, and with it the transaction and the settings of its session; rollback() starts afresh';
  return new ConnectionError(message, { code: 'MILLRACE_SESSION_LOST' });
}

/** Asked to commit, the server would roll back and report no error. */
function transactionFailed(): ServerError {
  return new ServerError({
    message: 'current transaction is aborted, commands ignored until end of transaction block',
    code: IN_FAILED_TRANSACTION,
    severity: 'ERROR',
  });
}
