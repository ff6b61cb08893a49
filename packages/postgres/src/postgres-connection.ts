/**
 * One connection to a PostgreSQL server, from the moment `pg` has logged in: a state machine over the socket's bytes.
 *
 * ```
 * idle ──describe, run, command──► busy ──ReadyForQuery──► idle
 *                                   │ sink without credit: the socket is not read (paused), until resume()
 * idle ──begin, tie, renew──► busy: the session's settings
 * any state ──socket lost, close(), broken bytes──► closed
 * ```
 *
 * One conversation at a time; whoever owns the connection sees to that. The socket reads straight into the wire buffer
 * (`SocketFeed`), so a row's bytes are copied only once: by the kernel that decodes them.
 */
import { assert } from '@millrace/batch';
import { CommandConversation } from './command-conversation.js';
import { type Conversation, type ConversationPeer, unexpected } from './conversation.js';
import { type CopyIn, CopyInConversation } from './copy-in-conversation.js';
import {
  type CopyCompletion,
  CopyOutConversation,
  type CopyOutOptions,
} from './copy-out-conversation.js';
import { DescribeConversation, type StatementDescription } from './describe-statement.js';
import { ConnectionError } from './errors.js';
import type { BatchSink, FlowReader } from './result-reader.js';
import { type Completion, RunConversation, type RunOptions } from './run-statement.js';
import { brokenBytes, serverLeft } from './session-ended.js';
import {
  isMisread,
  misreadError,
  type SessionRequest,
  sessionCommand,
  tiedValues,
} from './session-settings.js';
import { mayLeaveTraces } from './session-traces.js';
import type { SocketFeed } from './socket-feed.js';
import { StatementNames } from './statement-names.js';
import { checkHeader, isAsynchronous, MessageBody, MessageType } from './wire/messages-in.js';
import { MessageWriter, type WireParameter } from './wire/messages-out.js';
import { WireBuffer } from './wire/wire-buffer.js';

/** What identifies a session to a CancelRequest. */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

export interface StatementRun extends RunOptions {
  readonly sql: string;
  readonly parameters: readonly WireParameter[];
  /** Keep the statement prepared on the server, for it will come again. */
  readonly keep?: boolean;
}

const FIRST_CAPACITY_BYTES = 65_536;
/** A wire that one large row has enlarged is given back when its statement is over. */
const KEPT_CAPACITY_BYTES = 8 << 20;
/** ReadyForQuery's status: 'I' outside of a transaction, 'E' in one that has failed. */
const NOT_IN_TRANSACTION = 0x49;
const IN_FAILED_TRANSACTION = 0x45;
/** Rows wait so long, at most, for their batch to fill. */
const LINGER_MS = 50;

export class PostgresConnection {
  readonly key: BackendKey;
  readonly #feed: SocketFeed;
  readonly #writer = new MessageWriter();
  readonly #wire = new WireBuffer(FIRST_CAPACITY_BYTES);
  readonly #request: SessionRequest;
  #names = new StatementNames();
  #conversation: ConversationPeer | undefined;
  #blocked = false;
  #closed: ConnectionError | undefined;
  #inTransaction = false;
  #touched = false;
  /** Settings that a statement has changed to forms which the decoders do not read. */
  readonly #misread = new Set<string>();
  #tied: readonly string[] = [];
  #transactionFailed = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(
    feed: SocketFeed,
    key: BackendKey,
    request: SessionRequest = { session: {}, byUrl: new Set() },
  ) {
    this.#feed = feed;
    this.key = key;
    this.#request = request;
    feed.attach({
      wire: () => this.#wire,
      received: () => this.#received(),
      lost: (error) => this.#lost(error),
    });
  }

  get state(): 'idle' | 'busy' | 'closed' {
    if (this.#closed !== undefined) return 'closed';
    return this.#conversation === undefined ? 'idle' : 'busy';
  }

  /** Whether a transaction was left open, be it a failed one. */
  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  /** Whether a statement may have left something in the session: settings, temporary tables, locks. See `renew`. */
  get touched(): boolean {
    return this.#touched;
  }

  /** Values of the settings that must be the same on all shards; see `tie`. */
  get tied(): readonly string[] {
    return this.#tied;
  }

  /** Sets the session up. Comes first. */
  async begin(): Promise<void> {
    this.#tied = tiedValues(await this.command(sessionCommand(this.#request)));
  }

  /** Gives the session another connection's values of the tied settings. */
  async tie(values: readonly string[]): Promise<void> {
    this.#tied = tiedValues(await this.command(sessionCommand(this.#request, values)));
  }

  /** Makes the session as it was at its beginning: nothing of one statement is to be seen by the next. */
  async renew(): Promise<void> {
    await this.command('DISCARD ALL');
    this.#names = new StatementNames();
    await this.tie(this.#tied);
    this.#touched = false;
  }

  /** Whether the open transaction has failed: the server refuses everything but its end. */
  get transactionFailed(): boolean {
    return this.#transactionFailed;
  }

  /**
   * Has the server check a statement and say what it takes and gives.
   *
   * @param begin a command that begins a transaction first, in the same write. The check of a statement that reads or
   *   writes rows takes the snapshot of a REPEATABLE READ transaction. (PostgreSQL: `analyze_requires_snapshot`.)
   */
  async describe(sql: string, begin?: string): Promise<StatementDescription> {
    const [description] = await this.#describe([sql], begin);
    return description as StatementDescription;
  }

  /** Describes several statements in one round trip. The first that is wrong fails all. */
  describeEach(statements: readonly string[]): Promise<readonly StatementDescription[]> {
    return this.#describe(statements, undefined);
  }

  /**
   * Runs a statement; its rows go to the sink in batches.
   *
   * @throws StaleDescriptionError when the description no longer fits: describe again
   */
  run({ sql, parameters, keep, ...options }: StatementRun): Promise<Completion> {
    if (this.#misread.size > 0 && options.description.columns.length > 0)
      return Promise.reject(misreadError(this.#misread));
    const named = keep ? this.#names.take(sql) : undefined;
    // One that is kept on the server has been looked at before.
    if (named?.isNew !== false && mayLeaveTraces(sql, options.description.columns.length))
      this.#touched = true;
    const writer = this.#writer;
    if (options.begin !== undefined) writer.begin(options.begin);
    for (const name of named?.dropped ?? []) writer.closeStatement(name);
    if (named?.isNew !== false) writer.parse(sql, named?.name);
    writer.bind(parameters, options.reader.formats, named?.name);
    // A prepared statement cannot change its columns: the server would refuse to bind it.
    const prepared = named?.isNew === false;
    if (options.description.columns.length > 0 && !prepared) writer.describe('P');
    writer.execute().sync();
    const done = this.#begin(new RunConversation({ ...options, prepared }));
    if (named === undefined) return done;
    return done.catch((error: unknown) => {
      this.#names.failed(sql, (error as { code?: unknown }).code);
      throw error;
    });
  }

  /** Runs commands for their effect: SET, BEGIN, COMMIT. Resolves to the last row's texts. */
  command(sql: string): Promise<readonly (string | null)[]> {
    this.#writer.query(sql);
    return this.#begin(new CommandConversation());
  }

  /** Runs a COPY … TO STDOUT; what it sends goes to the sink in chunks (`copy-chunk.ts`), with the sink's back pressure. */
  copyOut(sql: string, options: CopyOutOptions): Promise<CopyCompletion> {
    this.#writer.query(sql);
    return this.#begin(new CopyOutConversation(options));
  }

  /** Begins a COPY … FROM STDIN, which is then to be fed. */
  copyIn(sql: string): CopyIn {
    this.#writer.query(sql);
    const copy = new CopyInConversation({
      write: (bytes, written) => this.#feed.write(bytes, written),
      destroy: (error) => this.#lost(error),
    });
    this.#begin(copy).catch((error: unknown) => copy.lost(error));
    return copy;
  }

  /** The sink has credit again. */
  resume(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#received();
  }

  /** Drops what is still to come of the running statement, whose outcome is `error`. The server is not told. */
  abandon(error: unknown): void {
    this.#conversation?.fail(error);
    this.resume();
  }

  /** Settles when nothing runs any more, however it ended. */
  async settled(): Promise<void> {
    await this.#conversation?.over;
  }

  /** Says goodbye to the server and closes the socket. */
  async close(): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#feed.end(this.#writer.terminate().take());
    this.#lost(new ConnectionError('The connection is closed', { code: 'MILLRACE_CLOSED' }));
    await this.#feed.closed;
  }

  /** Closes the socket at once. What was running fails with `error`. */
  destroy(error: ConnectionError): void {
    this.#lost(error);
  }

  #describe(
    statements: readonly string[],
    begin: string | undefined,
  ): Promise<readonly StatementDescription[]> {
    if (begin !== undefined) this.#writer.begin(begin);
    for (const sql of statements) this.#writer.parse(sql).describe('S');
    this.#writer.sync();
    return this.#begin(new DescribeConversation(statements.length, begin !== undefined));
  }

  #begin<Result>(conversation: Conversation<Result>): Promise<Result> {
    const messages = this.#writer.take();
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    assert(this.#conversation === undefined, 'a connection has one conversation at a time');
    this.#conversation = conversation;
    this.#feed.write(messages);
    return conversation.done;
  }

  /** Goes on with what is on the wire, and with reading the socket as long as the sink takes batches. */
  #received(): void {
    this.#guard(() => this.#readMessages());
    if (this.#closed !== undefined) return;
    if (this.#blocked) this.#feed.pause();
    else this.#feed.resume();
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (cause) {
      this.#lost(brokenBytes(cause));
    }
  }

  #readMessages(): void {
    for (;;) {
      const rows = this.#conversation?.rows;
      if (rows !== undefined) {
        const state = rows.reader.read(this.#wire, rows.sink);
        if (state === 'blocked') {
          this.#blocked = true;
          return;
        }
        if (state === 'more') return this.#awaitMore(rows.reader, rows.sink);
      }
      if (!this.#readMessage()) return;
    }
  }

  /** Takes one message that is no row to be read. False: it is not here yet, or must wait for credit. */
  #readMessage(): boolean {
    const wire = this.#wire;
    if (wire.end - wire.scanned < 5) return this.#awaitMessage(5);
    const type = wire.bytes[wire.scanned] as number;
    const length = wire.view.getInt32(wire.scanned + 1);
    checkHeader(type, length);
    const next = wire.scanned + 1 + length;
    if (next > wire.end) return this.#awaitMessage(1 + length);
    // The rows so far come before whatever this message says; an error drops them.
    const rows = this.#conversation?.rows;
    if (rows !== undefined && type !== MessageType.error && !rows.reader.flush(wire, rows.sink)) {
      this.#blocked = true;
      return false;
    }
    const body = wire.scanned + 5;
    wire.scanned = next;
    if (type === MessageType.readyForQuery) this.#ready(wire.bytes[body] as number);
    else this.#take(type, new MessageBody(wire.bytes, body, next));
    return true;
  }

  #take(type: number, body: MessageBody): void {
    const conversation = this.#conversation;
    if (conversation === undefined) {
      if (type === MessageType.error) this.#lost(serverLeft(body));
      else if (!isAsynchronous(type)) throw unexpected(type);
      return;
    }
    if (type === MessageType.parameterStatus) {
      this.#noteSetting(body.text(), body.text());
      // A setting has changed that the server reports: by SET, or in a function where no one sees it.
      if (conversation instanceof RunConversation) this.#touched = true;
    }
    const answer = conversation.message(type, body);
    if (answer !== undefined) this.#feed.write(answer);
  }

  #noteSetting(name: string, value: string): void {
    if (isMisread(name, value)) this.#misread.add(name);
    else this.#misread.delete(name);
  }

  /** Makes room for a message of `length` bytes that is not whole yet. It is believed only as far as bytes arrive. */
  #awaitMessage(length: number): false {
    const wire = this.#wire;
    const rows = this.#conversation?.rows;
    if (rows !== undefined && rows.reader.waiting > 0) {
      this.#armLinger();
      if (wire.room > 0) return false;
      this.#blocked = !rows.reader.flush(wire, rows.sink);
      if (this.#blocked) return false;
    }
    if (wire.scanned > 0) wire.discardScanned();
    if (wire.room === 0) wire.grow(Math.min(wire.capacity * 2, length));
    return false;
  }

  /** All whole rows are noted. The first ones of a statement are delivered at once, later ones when their batch is full. */
  #awaitMore(reader: FlowReader, sink: BatchSink): void {
    if (reader.waiting === 0) return;
    if (reader.rowCount === 0) this.#blocked = !reader.flush(this.#wire, sink);
    else this.#armLinger();
  }

  #armLinger(): void {
    if (this.#linger !== undefined) return;
    this.#linger = setTimeout(() => {
      this.#linger = undefined;
      const rows = this.#conversation?.rows;
      if (rows === undefined || this.#blocked) return;
      this.#guard(() => {
        this.#blocked = !rows.reader.flush(this.#wire, rows.sink);
      });
      // Without credit the rows wait for it like those of any full batch.
      if (this.#blocked) this.#feed.pause();
    }, LINGER_MS);
  }

  #ready(status: number): void {
    this.#inTransaction = status !== NOT_IN_TRANSACTION;
    this.#transactionFailed = status === IN_FAILED_TRANSACTION;
    clearTimeout(this.#linger);
    this.#linger = undefined;
    const conversation = this.#conversation;
    if (conversation === undefined) throw unexpected(MessageType.readyForQuery);
    // It may find that something is missing: then it is still the conversation that is lost.
    conversation.ready();
    this.#conversation = undefined;
    if (this.#wire.capacity > KEPT_CAPACITY_BYTES) this.#wire.shrink(FIRST_CAPACITY_BYTES);
  }

  #lost(error: ConnectionError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    clearTimeout(this.#linger);
    const conversation = this.#conversation;
    this.#conversation = undefined;
    this.#feed.destroy();
    conversation?.lost(error);
  }
}
