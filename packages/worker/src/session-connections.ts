/**
 * The connections of sessions: one for each session and shard, from its first statement there to the session's end. Then
 * it goes back like any other: made new where something was left in it, closed where a transaction was left open. Those of
 * a snapshot and of a staging are rolled back instead: they have nothing to lose, and the next one may come soon.
 */
import {
  ConnectionError,
  type PostgresConnection,
  ServerError,
  withinTime,
} from '@millrace/postgres';
import type { SessionUse, TransactionKind, TransactionStep } from './protocol.js';

/** SQLSTATE of a statement in a transaction that has failed. */
const IN_FAILED_TRANSACTION = '25P02';

/** A server has so long to roll back what only has read; then a new connection is the quicker way. */
const ROLLBACK_MS = 5_000;

/** A connection that a session keeps. A session can end while it is being made. */
interface KeptConnection {
  readonly opening: Promise<PostgresConnection>;
  readonly kind: TransactionKind | undefined;
  opened: PostgresConnection | undefined;
}

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
  /** By session, then shard. */
  readonly #sessions = new Map<number, Map<number, KeptConnection>>();

  constructor(source: ConnectionSource) {
    this.#source = source;
  }

  /**
   * The connection of a session to a shard. It is never replaced.
   *
   * @throws ConnectionError when it has been lost, or could not be made
   */
  async acquire(
    { id, isNew, begin: kind }: Pick<SessionUse, 'id' | 'isNew'> & Partial<SessionUse>,
    shard: number,
    wish: ConnectionWish = {},
  ): Promise<PostgresConnection> {
    let shards = this.#sessions.get(id);
    if (isNew && shards === undefined) {
      shards = new Map();
      this.#sessions.set(id, shards);
    }
    if (isNew && shards?.has(shard) === false) {
      shards.set(shard, keep(this.#source.acquire(shard, wish), kind));
    }
    const connection = await shards?.get(shard)?.opening;
    // The session may have ended meanwhile; then it is somebody else's.
    const isKept = this.#sessions.get(id)?.has(shard) === true;
    if (!isKept || connection === undefined || connection.state === 'closed') throw lost(kind);
    if (isRolledBack(kind) && !isNew && !connection.inTransaction) throw lost(kind);
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

  /** Gives the connection back. One that is still being made is not waited for: it goes back when it comes. */
  async end(id: number, shard: number): Promise<void> {
    const shards = this.#sessions.get(id);
    const kept = shards?.get(shard);
    shards?.delete(shard);
    if (shards?.size === 0) this.#sessions.delete(id);
    if (kept === undefined) return;
    const { opening, opened, kind } = kept;
    if (opened === undefined) {
      opening.then(
        (late) => this.#source.release(shard, late),
        () => undefined,
      );
      return;
    }
    if (isRolledBack(kind)) await rollBack(opened);
    await this.#source.release(shard, opened);
  }

  async close(): Promise<void> {
    const all = [...this.#sessions].flatMap(([id, shards]) =>
      [...shards.keys()].map((shard) => this.end(id, shard)),
    );
    await Promise.all(all);
  }
}

function keep(
  opening: Promise<PostgresConnection>,
  kind: TransactionKind | undefined,
): KeptConnection {
  const kept: KeptConnection = { opening, kind, opened: undefined };
  opening.then(
    (connection) => {
      kept.opened = connection;
    },
    () => undefined,
  );
  return kept;
}

/** Whether all of a session is one transaction, of which nothing is to be left. */
function isRolledBack(kind: TransactionKind | undefined): boolean {
  return kind === 'snapshot' || kind === 'staging';
}

/** A connection that does not roll back in time, or at all, is destroyed. */
async function rollBack(connection: PostgresConnection): Promise<void> {
  if (connection.state !== 'idle' || !connection.inTransaction) return;
  const error = (): ConnectionError => new ConnectionError('The transaction was not ended in time');
  try {
    await withinTime(connection, { ms: ROLLBACK_MS, error }, connection.command('ROLLBACK'));
  } catch (cause) {
    connection.destroy(new ConnectionError('The transaction could not be ended', { cause }));
  }
}

function lost(kind: TransactionKind | undefined): ConnectionError {
  if (kind === 'snapshot') {
    const message = 'The connection of the snapshot is lost, and with it what it saw';
    return new ConnectionError(message, { code: 'MILLRACE_SNAPSHOT_LOST' });
  }
  if (kind === 'staging') {
    const message = 'The connection of the staging is lost, and with it all that was copied there';
    return new ConnectionError(message, { code: 'MILLRACE_STAGING_LOST' });
  }
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
