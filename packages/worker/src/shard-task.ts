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
  ServerError,
  StaleDescriptionError,
  type StatementDescription,
} from '@millrace/postgres';
import type { ConnectionCache } from './connection-cache.js';
import { TaskCancelledError, toEnvelope } from './error-envelope.js';
import { ExchangeWriter } from './exchange/exchange-writer.js';
import type {
  ShardOutput,
  ShardTask,
  SnapshotTimes,
  ThreadSettings,
  TransactionKind,
} from './protocol.js';
import { sharedNow } from './shared-clock.js';
import { stopServer } from './stop-server.js';
import { userTypeNames } from './user-type-names.js';

/** read_only_sql_transaction: what a standby says to a statement that writes, and what replicas are told to say. */
const READ_ONLY = '25006';

const BEGIN: Readonly<Record<TransactionKind, string>> = {
  transaction: 'BEGIN',
  snapshot: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  staging: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE',
};

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
  /** Where batches go: the exchange, or straight to a merge. */
  readonly #output: ExchangeWriter;
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
  #snapshot: SnapshotTimes | undefined;
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
    this.#exchange = new ExchangeWriter(
      { port: task.port, credits: task.credits, ...this.#inspection() },
      {
        run: () => this.#release(),
        credit: () => this.#connection?.resume(),
        cancel: () => this.#cancel(),
      },
    );
    this.#output = task.output === undefined ? this.#exchange : this.#openOutput(task.output);
  }

  async run(): Promise<void> {
    const { shard, expected, session } = this.#task;
    const { connections } = this.#context;
    try {
      this.#connection = await this.#connect();
      if (expected === undefined || !(await this.#runExpected(expected))) {
        const description = await this.#describe();
        this.#accepted = true;
        await this.#announce(description);
        await this.#released;
        this.#stopIfCancelled();
        // Its session may have been ended while the other shards were waited for: nothing has run there yet.
        const transaction = session?.begin !== undefined;
        if (this.#connection.state === 'closed' && !transaction) await this.#reconnect();
        await this.#deliverOrMove(description, undefined);
      }
    } catch (error) {
      await this.#cancelling;
      const outcome = this.#cancelled ? new TaskCancelledError() : error;
      if (this.#output !== this.#exchange) this.#output.abandon();
      const { rowCount = 0, byteCount = 0 } = this.#reader ?? {};
      this.#exchange.finish({
        kind: 'failed',
        error: toEnvelope(outcome),
        server: this.#server,
        accepted: this.#accepted,
        ...{ rowCount, byteCount },
      });
    } finally {
      if (this.#connection !== undefined && session === undefined) {
        await connections.release(shard, this.#connection);
      }
    }
  }

  #openOutput({ port, progress, unwanted }: ShardOutput): ExchangeWriter {
    const published = ({ rowCount, byteCount }: { rowCount: number; byteCount: number }): void =>
      this.#exchange.sendSoon({ kind: 'progress', rowCount, byteCount });
    const { credits } = this.#task;
    return new ExchangeWriter(
      { port, credits, ...this.#inspection(), ...(progress && { published }) },
      {
        credit: () => this.#connection?.resume(),
        cancel: () => {
          if (unwanted === 'cancel') return this.#cancel();
          this.#output.drop();
          this.#connection?.resume();
        },
      },
    );
  }

  #inspection(): { inspect?: (buffer: SharedArrayBuffer) => void } {
    if (!this.#context.settings.verify) return {};
    return { inspect: (buffer) => verifyBatch((this.#reader as ResultReader).schema, buffer) };
  }

  /** Runs the statement as it was described before. False when it must be described anew; then nothing was delivered. */
  async #runExpected(expected: StatementDescription): Promise<boolean> {
    const askedAt = sharedNow();
    const begin = this.#beginCommand();
    try {
      await this.#deliverOrMove(expected, begin, (columns) => {
        this.#accepted = true;
        this.#noteSnapshot(begin, askedAt);
        this.#sendDescribed({ ...expected, columns }, { typeNames: new Map(), waits: false });
      });
      return true;
    } catch (error) {
      if (this.#accepted || this.#cancelled) throw error;
      // It broke before the server's first word: as a rule it was dead already, and what reads may be asked again.
      if (error instanceof ConnectionError && this.#isReplaceable) await this.#reconnect();
      else if (!(await this.#mayBeStale(error))) throw error;
      return false;
    }
  }

  /** A server that refuses before it confirms has run nothing; the columns may no longer be as many as was said. */
  async #mayBeStale(error: unknown): Promise<boolean> {
    if (error instanceof StaleDescriptionError) return true;
    const connection = this.#connection as PostgresConnection;
    if (!(error instanceof ServerError) || connection.state !== 'idle') return false;
    // Its transaction has seen nothing yet, and takes nothing more.
    if (connection.inTransaction) await connection.command('ROLLBACK');
    return !this.#cancelled;
  }

  async #describe(): Promise<StatementDescription> {
    try {
      return await this.#describeOnce();
    } catch (error) {
      const lost = error instanceof ConnectionError && !this.#cancelled;
      if (!lost || !this.#isReplaceable) throw error;
      await this.#reconnect();
      return this.#describeOnce();
    }
  }

  async #describeOnce(): Promise<StatementDescription> {
    const askedAt = sharedNow();
    const begin = this.#beginCommand();
    const connection = this.#connection as PostgresConnection;
    const description = await connection.describe(this.#task.sql, begin);
    this.#noteSnapshot(begin, askedAt);
    return description;
  }

  /** Whether another connection is as good: a session's takes its transaction and its settings with it, once there are any. */
  get #isReplaceable(): boolean {
    const { session } = this.#task;
    return session === undefined || session.isNew;
  }

  /** What begins the transaction of its session; it goes with the first statement. */
  #beginCommand(): string | undefined {
    const kind = this.#task.session?.begin;
    return kind === undefined || this.#connection?.inTransaction ? undefined : BEGIN[kind];
  }

  #noteSnapshot(begin: string | undefined, askedAt: number): void {
    if (begin === BEGIN.snapshot) this.#snapshot = { askedAt, answeredAt: sharedNow() };
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
    begin: string | undefined,
    confirmed?: (columns: StatementDescription['columns']) => void,
  ): Promise<void> {
    try {
      return await this.#deliver(description, begin, confirmed);
    } catch (error) {
      const refused = error instanceof ServerError && error.code === READ_ONLY;
      const untouched = this.#output.firstPutAt === undefined && !this.#cancelled;
      const tied = this.#server === 0 || this.#task.session !== undefined;
      if (!refused || !untouched || tied) throw error;
    }
    await this.#reconnect([0]);
    const { columns } = description;
    await this.#deliver(description, undefined, () =>
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
    const taken = this.#snapshot && { snapshot: this.#snapshot };
    const message = { kind: 'described', ...description, ...more, server, ...taken } as const;
    // The consumer of a task that waits has something to say; otherwise the rows may come along.
    if (more.waits) this.#exchange.send(message);
    else this.#exchange.sendSoon(message);
  }

  async #deliver(
    description: StatementDescription,
    begin: string | undefined,
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
      sink: this.#output,
      begin,
      // What is run as it was described before has come at least twice.
      ...(confirmed && { confirmed, keep: true }),
    });
    await this.#cancelling;
    const { firstPutAt } = this.#output;
    const ended = {
      kind: 'ended',
      completion,
      firstRowMs: firstPutAt === undefined ? undefined : firstPutAt - this.#startedAt,
      totalMs: performance.now() - this.#startedAt,
    } as const;
    // A merge has all rows before the engine hears that the shard has given them.
    if (this.#output !== this.#exchange) this.#output.finish(ended);
    this.#exchange.finish(ended);
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
    const { connections, settings } = this.#context;
    const address = connections.addressOf(this.#task.shard, connection);
    this.#cancelling = stopServer(connection, address, settings.cancelGraceMs);
  }
}
