/**
 * All that crosses threads, as types. Plain data and SharedArrayBuffers only.
 *
 * One statement on one shard is one task. Its consumer, the engine, talks to it over the line of its thread (`LineRequest`):
 *
 * ```
 * task      ── described ──►  consumer     the server has checked the statement; nothing has run
 * task      ◄── run ────────  consumer     every shard agrees: go
 * task      ── batch … ────►  consumer     at most as many as there are credits
 * task      ◄── credit … ───  consumer     one back for each batch, with its buffer when it may be written again; some together
 * task      ── ended | failed ──► consumer the last message; the connection is free again
 * task      ◄── cancel ─────  consumer     at any time; answered by `failed`, or by `ended` when it comes too late
 * ```
 *
 * All statements of a thread share the line: a port for each, and a task of the pool for each, would wake threads more often
 * than small statements can afford. Merges and COPYs are tasks of the pool, with ports of their own.
 *
 * A merge is a task of its own (`merge-task.ts`): batches, credits and `ended` of each shard's task travel to it on a port
 * of theirs (`ShardTask.output`); all else, `ended` too, stays with the engine, which the merge's own batches go to.
 *
 * ```
 * merge     ◄── begin ──────  engine       the shards agree: this is what comes, and what becomes of it
 * merge     ── begun ──────►  engine       the columns that go out
 * merge     ── batch … ────►  engine       under credits, as from a shard
 * merge     ── merged | failed ─► engine   it may be over before its inputs: they are closed, and their tasks stop
 * merge     ◄── cancel ─────  engine
 * ```
 *
 * Messages of a task travel in lists: what is said in one turn of its event loop is one message between threads, which costs
 * more than what it says. A batch is published by its message: whoever receives the message sees all that was written before it was sent.
 */

import type { MessagePort } from 'node:worker_threads';
import type { Schema } from '@millrace/batch';
import type { MergeStatistics, Pipeline } from '@millrace/operators';
import type {
  BatchLimits,
  ColumnDescription,
  Completion,
  ServerAddress,
  StatementDescription,
  WireParameter,
} from '@millrace/postgres';
import type { ConnectorTask } from './connector/connector.js';
import type { NamedDescription } from './describe-for-plan.js';
import type { ErrorEnvelope } from './error-envelope.js';
import type { ExchangePort } from './exchange/exchange-port.js';
import type { TransportTask } from './transport/transport.js';

/** A shard as a thread knows it. */
export interface ShardSettings {
  readonly name: string;
  /** The first server: number 0. */
  readonly address: ServerAddress;
  /** Servers with the same data, asked only to read: numbers 1, 2, … */
  readonly replicas?: readonly ReplicaSettings[];
}

export interface ReplicaSettings {
  readonly address: ServerAddress;
  /** Where it is, for people. */
  readonly place: string;
}

/** What a thread is started with (`workerData`). */
export interface ThreadSettings {
  /** All shards of the database, by index. A thread opens connections to those whose tasks it is given. */
  readonly shards: readonly ShardSettings[];
  /** Statements on a shard at the same time, and so connections kept. */
  readonly connectionsPerShard: number;
  /** Verify every batch before it is published. */
  readonly verify: boolean;
  /** Time for a server to end a cancelled statement, in milliseconds; then its connection is closed. */
  readonly cancelGraceMs: number;
  /** The sessions in use, for the engine to find when the thread has died (`session-ledger.ts`). */
  readonly ledger: SharedArrayBuffer;
}

/** One statement on one shard. */
export interface ShardTask {
  readonly kind: 'shard';
  /** Index into `ThreadSettings.shards`. */
  readonly shard: number;
  /** Numbers of the shard's servers that may be asked, in this order. */
  readonly servers: readonly number[];
  readonly sql: string;
  readonly parameters: readonly WireParameter[];
  readonly limits: BatchLimits;
  /** Batches that may be under way at the same time. */
  readonly credits: number;
  readonly port: ExchangePort;
  /** Where batches go; undefined: to the engine, as all else. */
  readonly output?: ShardOutput | undefined;
  /**
   * What the statement was described with before. The task then runs it at once, in one round trip to the server, and
   * says `described` when the server has confirmed it; a statement that has changed is described anew. Only for
   * statements that read: a shard may have run it when another one turns out to differ. Never in a transaction that has
   * begun: it would end with a description that is refused.
   */
  readonly expected: StatementDescription | undefined;
  /** The values that the session's tied settings must have: those of the first shard. */
  readonly tied: readonly string[] | undefined;
  /** Runs on the connection that a session keeps to this shard; undefined: on any free one. */
  readonly session?: SessionUse | undefined;
}

/** Opens the line of a thread. */
export interface LineTask {
  readonly kind: 'line';
  readonly port: MessagePort;
}

/** A statement as it is sent over a line. */
export type LineStatement = Omit<ShardTask, 'port'>;

/** What a thread is told over its line. `id`: the number of a statement. */
export type LineRequest =
  | { readonly id: number; readonly statement: LineStatement }
  | { readonly id: number; readonly message: ConsumerMessage };

/** What a thread says of a statement. What it says in one turn of its event loop, of whichever statements, is one message. */
export interface LineReport {
  readonly id: number;
  readonly messages: readonly TaskMessage[];
  /** The task has settled: its connection is free again. Nothing comes after it. */
  readonly settled?: 'well' | 'badly';
}

/** A merge takes a task's batches. */
export interface ShardOutput {
  readonly port: MessagePort;
  /** Whether `port` of the task hears of each batch (`progress`). */
  readonly progress: boolean;
  /**
   * What becomes of the statement when the merge wants no more rows: it is cancelled, or runs to its end and its rows are
   * dropped, because a cancel would fail the transaction that it is part of.
   */
  readonly unwanted: 'cancel' | 'drop';
}

/** A statement of a session: one connection to each shard, which nothing else uses until the session ends. */
export interface SessionUse {
  readonly id: number;
  /** The session has no connections yet. Later a missing one is an error: what it had open is gone with it. */
  readonly isNew: boolean;
  /** Begin such a transaction first, unless one is open. */
  readonly begin: TransactionKind | undefined;
}

/**
 * `snapshot`: one that only reads, and sees in every statement what there was at its first one. `staging`: it sees as much,
 * and makes temporary tables. Both are rolled back at the session's end.
 */
export type TransactionKind = 'transaction' | 'snapshot' | 'staging';

/** Between these times a server has taken its snapshot. Milliseconds of `process.hrtime`, which all threads share. */
export interface SnapshotTimes {
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** What becomes of a session's transaction on a shard. `check`: would it commit, as far as can be told before? */
export type TransactionStep = 'check' | 'commit' | 'rollback';

/** Opens the control line of a thread: comlink's `ThreadControl` over `port`. */
export interface ControlTask {
  readonly kind: 'control';
  readonly port: MessagePort;
}

/** Makes one stream of several shards' rows. */
export interface MergeTask {
  readonly kind: 'merge';
  /** The other ends of the shard tasks' outputs. */
  readonly inputs: readonly MessagePort[];
  /** Batches that may be under way to the engine at the same time. */
  readonly credits: number;
  readonly port: MessagePort;
  /** Rows go with the last message as arrays; undefined: they go as batches. */
  readonly arrays?: ArrayLimits | undefined;
}

/** What arrays may hold at most; more fails the merge with `MILLRACE_ARRAYS_LIMIT`. */
export interface ArrayLimits {
  readonly maxRows: number;
  /** Bytes of all literals together. */
  readonly maxBytes: number;
}

/** A COPY … TO STDOUT on a connection that a session has. Its chunks go to a `CopyInTask`, under credits. */
export interface CopyOutTask {
  readonly kind: 'copy-out';
  readonly shard: number;
  readonly sql: string;
  readonly session: SessionUse;
  /** Chunks that may be under way at the same time. */
  readonly credits: number;
  /** Bytes after which a chunk is closed. */
  readonly chunkBytes: number;
  /** The exchange to the `CopyInTask`. */
  readonly output: MessagePort;
  /** To the engine: gets a `CopyMessage`. Any message from there is a cancel. */
  readonly port: MessagePort;
}

/** A COPY … FROM STDIN on a connection that a session has, fed by all its inputs as they come. */
export interface CopyInTask {
  readonly kind: 'copy-in';
  readonly shard: number;
  readonly sql: string;
  readonly session: SessionUse;
  /** The other ends of the `CopyOutTask`s' outputs. */
  readonly inputs: readonly MessagePort[];
  readonly limits: CopyLimits;
  /** As that of a `CopyOutTask`. */
  readonly port: MessagePort;
}

/** What a COPY may move at most. */
export interface CopyLimits {
  readonly maxRows: number;
  /** Bytes on the wire, which is five more a row than its text. */
  readonly maxBytes: number;
}

/** The last message of a COPY: how much it has moved, and what went wrong. */
export interface CopyMessage {
  readonly rowCount: number;
  readonly byteCount: number;
  readonly error: ErrorEnvelope | undefined;
}

export type ThreadTask =
  | LineTask
  | MergeTask
  | CopyOutTask
  | CopyInTask
  | ControlTask
  | ConnectorTask
  | TransportTask;

/** What the server of one shard says of the statement. */
export interface Described {
  readonly kind: 'described';
  readonly parameters: readonly number[];
  readonly columns: readonly ColumnDescription[];
  /** Names of types that users defined, by OID: their OIDs differ from server to server. */
  readonly typeNames: ReadonlyMap<number, string>;
  /** Whether the task waits for `run`; otherwise it is running already. */
  readonly waits: boolean;
  /** Number of the server that answers. */
  readonly server: number;
  /** Where the statement is the first one of a snapshot. */
  readonly snapshot?: SnapshotTimes;
}

export interface BatchMessage {
  readonly kind: 'batch';
  readonly buffer: SharedArrayBuffer;
  /** Rows of the task so far, this batch's included, and bytes read from the server for them. */
  readonly rowCount: number;
  readonly byteCount: number;
}

export interface Ended {
  readonly kind: 'ended';
  readonly completion: Completion;
  /** From the start of the task to its first batch; undefined without rows. Milliseconds. */
  readonly firstRowMs: number | undefined;
  readonly totalMs: number;
}

/** How far a task has come whose batches go elsewhere: as in `BatchMessage`. */
export interface Progress {
  readonly kind: 'progress';
  readonly rowCount: number;
  readonly byteCount: number;
}

/** A merge has begun. */
export interface Begun {
  readonly kind: 'begun';
  /** The columns of its batches. */
  readonly output: Schema;
}

/** The last message of a merge. */
export interface Merged {
  readonly kind: 'merged';
  readonly statistics: MergeStatistics;
  /** Time spent computing, in milliseconds. */
  readonly ms: number;
  /** Where arrays were asked for: one literal a column (`ArrayLiteral`). */
  readonly literals?: readonly string[];
}

export interface Failed {
  readonly kind: 'failed';
  readonly error: ErrorEnvelope;
  /** Number of the server that was asked last. */
  readonly server: number;
  /** Whether the server had accepted the statement before it failed. */
  readonly accepted: boolean;
  /** Rows and bytes read from the server before; of a merge that makes arrays, those that it has collected. */
  readonly rowCount: number;
  readonly byteCount: number;
}

export type TaskMessage = Described | Begun | BatchMessage | Progress | Ended | Merged | Failed;

/** What a merge is told: the streams that come, and what becomes of them. */
export interface Begin {
  readonly kind: 'begin';
  readonly pipeline: Pipeline;
  /** Indexes of the task's inputs that the pipeline's are; the others were lost before they began. */
  readonly inputs: readonly number[];
}

export type ConsumerMessage =
  | { readonly kind: 'run' }
  | Begin
  | { readonly kind: 'credit'; readonly buffers: readonly (SharedArrayBuffer | undefined)[] }
  | { readonly kind: 'cancel' };

/** What became of the first connection to a shard: its values of the tied settings, or what went wrong. */
export interface Opening {
  readonly tied?: readonly string[];
  readonly error?: ErrorEnvelope;
}

/** What a server says of statements, or what went wrong. */
export interface Planning {
  readonly descriptions?: readonly NamedDescription[];
  readonly error?: ErrorEnvelope;
}

/** Rare calls to a thread. */
export interface ThreadControl {
  /** Asks the first server of a shard what statements would give. Nothing is run. */
  describe(shard: number, statements: readonly string[]): Promise<Planning>;
  /** Opens a connection to one of a shard's servers and keeps it for its first task. */
  open(shard: number): Promise<Opening>;
  /** Resolves to what went wrong, if anything did. */
  transaction(
    session: number,
    shard: number,
    step: TransactionStep,
  ): Promise<ErrorEnvelope | undefined>;
  /** Closes the connection that a session keeps to a shard. */
  endSession(session: number, shard: number): Promise<void>;
  statistics(): ThreadStatistics;
  /** Closes all connections. Tasks under way fail. */
  close(): Promise<void>;
}

export interface ThreadStatistics {
  /** Open connections by shard index. */
  readonly connections: Readonly<Record<number, { readonly idle: number; readonly busy: number }>>;
  readonly heapUsedBytes: number;
}
