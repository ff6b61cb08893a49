/** Statements of one session over all shards, on connections of its own. What `ParallelConnection` stands on. */
import { type CallRequest, readCall } from './call-request.js';
import { CallScope } from './call-scope.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import type { Session } from './dispatch/session.js';
import { CancelledError } from './errors.js';
import type { CallOptions, Settings } from './options.js';
import { Statement } from './statement.js';

/** A statement under way in a session. */
export interface SessionStatement {
  readonly statement: Statement;
  /** Its time and signal; to be closed when its rows have been read. */
  readonly scope: CallScope;
}

/** A call that has been checked. */
export interface SessionCall {
  readonly request: CallRequest;
  readonly options: CallOptions;
}

export class DatabaseSession {
  readonly #settings: Settings;
  readonly #dispatcher: Dispatcher;
  #session: Session | undefined;
  #scope: CallScope | undefined;
  #closed = false;

  /** Use `Database.session`. */
  constructor(dispatcher: Dispatcher, settings: Settings) {
    this.#settings = settings;
    this.#dispatcher = dispatcher;
  }

  /**
   * Checks a call: nothing is sent yet, so what is wrong with it leaves a transaction as it is.
   *
   * @throws ConfigurationError for options that cannot be
   * @throws SqlError for a parameter that has no SQL value
   */
  read(sql: string, parameters: readonly unknown[], options: CallOptions): SessionCall {
    const asked = { ...options, mode: 'union', shardErrors: 'fail' } as const;
    const request = readCall(sql, parameters, asked, this.#settings);
    return { request, options };
  }

  /**
   * Starts a statement on every shard as it stands. Settles when all have accepted it. One at a time.
   *
   * @param begin begin a transaction, unless one is open
   */
  async start({ request, options }: SessionCall, begin: boolean): Promise<SessionStatement> {
    if (this.#closed) throw connectionClosed();
    const { sql } = request;
    const scope = new CallScope(options);
    this.#scope = scope;
    try {
      this.#session ??= await this.#dispatcher.openSession(scope.signal);
      const session = this.#session;
      const parts = this.#settings.shards.map(({ index }) => ({ shard: index, sql }));
      const statement = await Statement.start(
        {
          start: (dispatch) =>
            session.start(begin, (use) => this.#dispatcher.start({ ...dispatch, session: use })),
        },
        { step: { parts }, request, scope, keepsAll: false },
      );
      return { statement, scope };
    } catch (error) {
      scope.end(error as Error);
      scope.close();
      throw error;
    }
  }

  /** @throws CommitError naming where the transaction is committed and where not */
  async commit(): Promise<void> {
    await this.#session?.commit();
  }

  /** Rolls back on every shard. Where one was lost, the next statement has new connections on all of them. */
  async rollback(): Promise<void> {
    if (this.#session === undefined || (await this.#session.rollback())) return;
    await this.#session.close();
    this.#session = undefined;
  }

  /** Cancels what is under way, and starts nothing more. */
  interrupt(): void {
    this.#closed = true;
    this.#scope?.end(connectionClosed());
  }

  /** Closes the session's connections: what was not committed is rolled back. */
  async close(): Promise<void> {
    this.interrupt();
    await this.#session?.close();
  }
}

function connectionClosed(): CancelledError {
  return new CancelledError('The connection was closed');
}
