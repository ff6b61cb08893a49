/**
 * One statement on one shard, from a free connection to the last message to its consumer.
 *
 * ```
 * connect ─► describe ─► wait for 'run' ─► run ─► ended
 *     └──────────┴──────────────┴───────────┴────► failed      (an error, or 'cancel' in any phase)
 * ```
 *
 * A cancel during describe and run goes to the server too (CancelRequest), and the connection is free only when the
 * server has answered the statement and closed the cancel's connection: a later statement must not be hit by it.
 */
import { verifyBatch } from '@millrace/batch';
import {
  ConnectionError,
  type PostgresConnection,
  ResultReader,
  requestCancel,
  ServerError,
  StaleDescriptionError,
  type StatementDescription,
} from '@millrace/postgres';
import type { ConnectionCache } from './connection-cache.js';
import { TaskCancelledError, toEnvelope } from './error-envelope.js';
import { ExchangeWriter } from './exchange/exchange-writer.js';
import type { ShardTask, ThreadSettings } from './protocol.js';
import { userTypeNames } from './user-type-names.js';

/** read_only_sql_transaction: what a standby says to a statement that writes, and what replicas are told to say. */
const READ_ONLY = '25006';

/** A cancelled server is asked again after this time, then after twice as long, and so on. */
const FIRST_PAUSE_MS = 50;

/** What the tasks of a thread share. */
export interface ShardTaskContext {
  readonly settings: ThreadSettings;
  readonly connections: ConnectionCache;
  /** Names of user-defined types by shard, then OID. */
  readonly typeNames: Map<number, Map<number, string>>;
}

/** Runs a task to its end. Errors go to the consumer; the promise settles when the connection is free again. */
export function runShardTask(task: ShardTask, context: ShardTaskContext): Promise<void> {
  return new RunningTask(task, context).run();
}

class RunningTask {
  readonly #task: ShardTask;
  readonly #context: ShardTaskContext;
  readonly #startedAt = performance.now();
  readonly #exchange: ExchangeWriter;
  /** Settles at 'run', or at the cancel. */
  readonly #released: Promise<void>;
  readonly #unwanted: Promise<undefined>;
  #release!: () => void;
  #giveUp!: () => void;
  #reader: ResultReader | undefined;
  #connection: PostgresConnection | undefined;
  /** Number of the server that was asked last. */
  #server = 0;
  #accepted = false;
  #cancelled = false;
  #cancelling: Promise<void> | undefined;

  constructor(task: ShardTask, context: ShardTaskContext) {
    this.#task = task;
    this.#context = context;
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
    this.#unwanted = new Promise((resolve) => {
      this.#giveUp = () => resolve(undefined);
    });
    const inspect = (buffer: SharedArrayBuffer): void =>
      verifyBatch((this.#reader as ResultReader).schema, buffer);
    this.#exchange = new ExchangeWriter(
      {
        port: task.port,
        credits: task.credits,
        ...(context.settings.verify && { inspect }),
      },
      {
        run: () => this.#release(),
        credit: () => this.#connection?.resume(),
        cancel: () => this.#cancel(),
      },
    );
  }

  async run(): Promise<void> {
    const { shard, expected, session } = this.#task;
    const { connections } = this.#context;
    try {
      this.#connection = await this.#connect();
      if (session?.begin) await this.#beginTransaction();
      if (expected === undefined || !(await this.#runExpected(expected))) {
        const description = await this.#describe();
        this.#accepted = true;
        await this.#announce(description);
        await this.#released;
        this.#stopIfCancelled();
        // Its session may have been ended while the other shards were waited for: nothing has run there yet.
        if (this.#connection.state === 'closed') await this.#reconnect();
        await this.#deliverOrMove(description);
      }
    } catch (error) {
      await this.#cancelling;
      const outcome = this.#cancelled ? new TaskCancelledError() : error;
      this.#exchange.finish({
        kind: 'failed',
        error: toEnvelope(outcome),
        server: this.#server,
        accepted: this.#accepted,
      });
    } finally {
      if (this.#connection !== undefined && session === undefined) {
        await connections.release(shard, this.#connection);
      }
    }
  }

  /** Runs the statement as it was described before. False when it must be described anew; then nothing was delivered. */
  async #runExpected(expected: StatementDescription): Promise<boolean> {
    try {
      await this.#deliverOrMove(expected, (columns) => {
        this.#accepted = true;
        this.#sendDescribed({ ...expected, columns }, { typeNames: new Map(), waits: false });
      });
      return true;
    } catch (error) {
      if (this.#accepted || this.#cancelled) throw error;
      // It broke before the server's first word: as a rule it was dead already, and what reads may be asked again.
      if (error instanceof ConnectionError) await this.#reconnect();
      else if (!this.#mayBeStale(error)) throw error;
      return false;
    }
  }

  /** A server that refuses before it confirms has run nothing; the columns may no longer be as many as was said. */
  #mayBeStale(error: unknown): boolean {
    if (error instanceof StaleDescriptionError) return true;
    return error instanceof ServerError && this.#connection?.state === 'idle';
  }

  async #describe(): Promise<StatementDescription> {
    const { sql } = this.#task;
    try {
      return await (this.#connection as PostgresConnection).describe(sql);
    } catch (error) {
      if (!(error instanceof ConnectionError) || this.#cancelled) throw error;
      const { session } = this.#task;
      // A session's connection takes its transaction and its settings with it, once there are any.
      if (session !== undefined && (session.begin || !session.isNew)) throw error;
      await this.#reconnect();
      return (this.#connection as PostgresConnection).describe(sql);
    }
  }

  async #beginTransaction(): Promise<void> {
    if (this.#connection?.inTransaction) return;
    try {
      await this.#connection?.command('BEGIN');
    } catch (error) {
      const unused = this.#task.session?.isNew && !this.#cancelled;
      if (!(error instanceof ConnectionError) || !unused) throw error;
      await this.#reconnect();
      await this.#connection?.command('BEGIN');
    }
    this.#stopIfCancelled();
  }

  async #connect(servers = this.#task.servers): Promise<PostgresConnection> {
    const { shard, tied, session } = this.#task;
    const { connections } = this.#context;
    const wish = { servers, tied };
    const connection = await (session === undefined
      ? this.#whileWanted(
          connections.acquire(shard, wish),
          (late) => void connections.release(shard, late),
        )
      : // One that comes too late stays the session's.
        this.#whileWanted(connections.sessions.acquire(session, shard, wish), () => undefined));
    this.#server = connections.serverOf(connection);
    return connection;
  }

  /** A connection that was closed while it lay idle shows it only when it is used: then a new one is as good. */
  async #reconnect(servers = this.#task.servers): Promise<void> {
    const { shard, session } = this.#task;
    const { connections } = this.#context;
    const lost = this.#connection as PostgresConnection;
    this.#connection = undefined;
    if (session === undefined) await connections.release(shard, lost);
    else await connections.sessions.end(session.id, shard);
    this.#connection = await this.#connect(servers);
  }

  /** A statement that looks as if it only read may write after all: a replica refuses it, and the first server takes it. */
  async #deliverOrMove(
    description: StatementDescription,
    confirmed?: (columns: StatementDescription['columns']) => void,
  ): Promise<void> {
    try {
      return await this.#deliver(description, confirmed);
    } catch (error) {
      const refused = error instanceof ServerError && error.code === READ_ONLY;
      const untouched = this.#exchange.firstPutAt === undefined && !this.#cancelled;
      if (!refused || !untouched || this.#server === 0) throw error;
    }
    await this.#reconnect([0]);
    const { columns } = description;
    await this.#deliver(description, () =>
      this.#sendDescribed({ ...description, columns }, { typeNames: new Map(), waits: false }),
    );
  }

  async #announce(description: StatementDescription): Promise<void> {
    const connection = this.#connection as PostgresConnection;
    const { typeNames: cache } = this.#context;
    const known = cache.get(this.#task.shard) ?? new Map<number, string>();
    cache.set(this.#task.shard, known);
    this.#stopIfCancelled();
    const typeNames = await userTypeNames(connection, description, known);
    this.#stopIfCancelled();
    this.#sendDescribed(description, { typeNames, waits: true });
  }

  #sendDescribed(
    description: StatementDescription,
    more: { readonly typeNames: ReadonlyMap<number, string>; readonly waits: boolean },
  ): void {
    const server = this.#server;
    const message = { kind: 'described', ...description, ...more, server } as const;
    // The consumer of a task that waits has something to say; otherwise the rows may come along.
    if (more.waits) this.#exchange.send(message);
    else this.#exchange.sendSoon(message);
  }

  async #deliver(
    description: StatementDescription,
    confirmed?: (columns: StatementDescription['columns']) => void,
  ): Promise<void> {
    const { sql, parameters, limits } = this.#task;
    const reader = new ResultReader(description.columns, limits);
    this.#reader = reader;
    const completion = await (this.#connection as PostgresConnection).run({
      sql,
      parameters,
      description,
      reader,
      sink: this.#exchange,
      // What is run as it was described before has come at least twice.
      ...(confirmed && { confirmed, keep: true }),
    });
    await this.#cancelling;
    const { firstPutAt } = this.#exchange;
    this.#exchange.finish({
      kind: 'ended',
      completion,
      firstRowMs: firstPutAt === undefined ? undefined : firstPutAt - this.#startedAt,
      totalMs: performance.now() - this.#startedAt,
    });
  }

  #stopIfCancelled(): void {
    if (this.#cancelled) throw new TaskCancelledError();
  }

  /** Waits for something, or for the cancel; what comes too late is given to `late`. */
  async #whileWanted<T>(promise: Promise<T>, late: (value: T) => void): Promise<T> {
    const value = await Promise.race([promise, this.#unwanted]);
    if (!this.#cancelled && value !== undefined) return value;
    promise.then(late, () => {
      // It failed and nobody wants it: the cancel is what is reported.
    });
    throw new TaskCancelledError();
  }

  #cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#release();
    this.#giveUp();
    const connection = this.#connection;
    if (connection?.state !== 'busy') return;
    connection.abandon(new TaskCancelledError());
    this.#cancelling = this.#stopServer(connection);
  }

  /** Settles when the server has heard the cancel, or the connection is closed because it does not answer. */
  async #stopServer(connection: PostgresConnection): Promise<void> {
    const { connections, settings } = this.#context;
    const { cancelGraceMs } = settings;
    const address = connections.addressOf(this.#task.shard, connection);
    const tooLate = new ConnectionError('The server did not end a cancelled statement', {
      code: 'MILLRACE_CANCEL_LATE',
    });
    const timer = setTimeout(() => connection.destroy(tooLate), cancelGraceMs);
    try {
      // A cancel that arrives before the server has begun with the statement goes unheard: so it is repeated.
      for (let pauseMs = FIRST_PAUSE_MS; connection.state === 'busy'; pauseMs *= 2) {
        await requestCancel({ ...address, connectTimeoutMs: cancelGraceMs }, connection.key);
        await settledWithin(connection, pauseMs);
      }
    } catch (error) {
      connection.destroy(error as ConnectionError);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function settledWithin(connection: PostgresConnection, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([connection.settled(), late]);
  clearTimeout(timer);
}
