/**
 * All that crosses threads, as types. Plain data and SharedArrayBuffers only.
 *
 * One statement on one shard is one task. Its consumer (the engine, or a merge task) talks to it over a MessagePort:
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
 * Messages of a task travel in lists: what is said in one turn of its event loop is one message between threads, which costs
 * more than what it says. A batch is published by its message: whoever receives the message sees all that was written before it was sent.
 */

import type { MessagePort } from 'node:worker_threads';
import type {
  BatchLimits,
  ColumnDescription,
  Completion,
  ServerAddress,
  StatementDescription,
  WireParameter,
} from '@millrace/postgres';
import type { ConnectorTask } from './connector/connector.js';
import type { ErrorEnvelope } from './error-envelope.js';

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
  readonly port: MessagePort;
  /**
   * What the statement was described with before. The task then runs it at once, in one round trip to the server, and
   * says `described` when the server has confirmed it; a statement that has changed is described anew. Only for
   * statements that read: a shard may have run it when another one turns out to differ.
   */
  readonly expected: StatementDescription | undefined;
  /** The values that the session's tied settings must have: those of the first shard. */
  readonly tied: readonly string[] | undefined;
  /** Runs on the connection that a session keeps to this shard; undefined: on any free one. */
  readonly session?: SessionUse | undefined;
}

/** A statement of a session: one connection to each shard, which nothing else uses until the session ends. */
export interface SessionUse {
  readonly id: number;
  /** The session has no connections yet. Later a missing one is an error: what it had open is gone with it. */
  readonly isNew: boolean;
  /** Begin a transaction first, unless one is open. */
  readonly begin: boolean;
}

/** What becomes of a session's transaction on a shard. `check`: would it commit, as far as can be told before? */
export type TransactionStep = 'check' | 'commit' | 'rollback';

/** Opens the control line of a thread: comlink's `ThreadControl` over `port`. */
export interface ControlTask {
  readonly kind: 'control';
  readonly port: MessagePort;
}

export type ThreadTask = ShardTask | ControlTask | ConnectorTask;

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

export interface Failed {
  readonly kind: 'failed';
  readonly error: ErrorEnvelope;
  /** Number of the server that was asked last. */
  readonly server: number;
  /** Whether the server had accepted the statement before it failed. */
  readonly accepted: boolean;
}

export type TaskMessage = Described | BatchMessage | Ended | Failed;

export type ConsumerMessage =
  | { readonly kind: 'run' }
  | { readonly kind: 'credit'; readonly buffers: readonly (SharedArrayBuffer | undefined)[] }
  | { readonly kind: 'cancel' };

/** What became of the first connection to a shard: its values of the tied settings, or what went wrong. */
export interface Opening {
  readonly tied?: readonly string[];
  readonly error?: ErrorEnvelope;
}

/** Rare calls to a thread. */
export interface ThreadControl {
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
