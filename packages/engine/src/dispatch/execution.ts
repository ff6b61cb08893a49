/**
 * One statement under way on its shards.
 *
 * ```
 * preparing ── all described, and alike ──► running ── all ended, all batches taken ──► done
 *     └────────────── first failure: the others are cancelled ──────────────┘──► failed
 * ```
 *
 * No shard runs the statement before every shard has accepted it and their columns agree: a table that one of them does
 * not have, or has otherwise, is found before anything has happened. After the first failure nothing more is handed out:
 * never a short result. Where lost shards are to be passed over (`Losses`), the parts of those drop out as a whole instead.
 */

import type { MessagePort } from 'node:worker_threads';
import type { ColumnDescription, StatementDescription } from '@millrace/postgres';
import {
  type BatchMessage,
  type Described,
  type Ended,
  ExchangeReader,
  type ExchangeReaderEvents,
  type Failed,
} from '@millrace/worker';
import { ShardError } from '../errors.js';
import type { Shard } from '../topology/shards.js';
import { agreeOnColumns, type ShardDescription } from './agreement.js';
import { deferred } from './deferred.js';
import { ExecutionPart, type MissingShard, type ShardStats } from './execution-part.js';
import { taskError, threadLost } from './task-failure.js';

/**
 * What a lost shard does: it fails the statement, or its rows are left out. `'skip-before-rows'`: only as long as the
 * consumer has none of them, for what it has it keeps.
 */
export type Losses = 'fail' | 'skip' | 'skip-before-rows';

/** A batch as it came, and whom its buffer goes back to. */
export interface ArrivedBatch {
  /** Index into the parts of the statement. */
  readonly part: number;
  readonly buffer: SharedArrayBuffer;
}

export interface ExecutionEvents {
  /** Rows and bytes of a shard so far. */
  progress?(shard: Shard, rows: number, bytes: number, done: boolean): void;
  /** All shards have accepted the statement, and describe it so. */
  agreed(description: StatementDescription): void;
  /** Nothing of the statement is under way any more. */
  settled(): void;
}

/** Batches of one shard that are under way at the same time: one is decoded, one travels, one is read, one to spare. */
export const CREDITS = 4;
/** A bug of ours is never passed over. */
const INTERNAL = 'MILLRACE_INTERNAL';
/** A call that has failed waits so long, at most, until its shards have stopped. */
const SETTLE_MS = 1_000;

export class Execution {
  readonly #parts: ExecutionPart[];
  readonly #parameterCount: number;
  readonly #events: ExecutionEvents;
  readonly #losses: Losses;
  #queue: ArrivedBatch[] = [];
  readonly #columns = deferred<readonly ColumnDescription[]>();
  readonly #settled = deferred<void>();
  #running = false;
  #isSettled = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** @param ports a port for each shard, whose other end its task has */
  constructor(
    shards: readonly Shard[],
    ports: readonly MessagePort[],
    { parameterCount, losses }: { parameterCount: number; losses: Losses },
    events: ExecutionEvents,
  ) {
    this.#parameterCount = parameterCount;
    this.#losses = losses;
    this.#events = events;
    this.#parts = shards.map((shard, index) => {
      const port = ports[index] as MessagePort;
      return new ExecutionPart(shard, new ExchangeReader(port, this.#listen(index), CREDITS / 2));
    });
  }

  get partCount(): number {
    return this.#parts.length;
  }

  /** The columns, when all shards agree on them. The statement runs from then on. */
  columns(): Promise<readonly ColumnDescription[]> {
    return this.#columns.promise;
  }

  /** The next batch of any shard, as they arrive; undefined after the last. Its buffer must go back by `release`. */
  async next(): Promise<ArrivedBatch | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw await this.#failure(this.#error);
      const batch = this.#queue.shift();
      if (batch !== undefined) {
        (this.#parts[batch.part] as ExecutionPart).handedOut++;
        return batch;
      }
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The batch has been read; its buffer may be written again, unless it is kept. */
  release(part: number, buffer: SharedArrayBuffer | undefined): void {
    this.#parts[part]?.reader.credit(buffer);
    if (this.#queue.length > 0) return;
    for (const { reader } of this.#parts) reader.flushCredits();
  }

  /** Stops the statement on every shard. What waits for it gets `error`. */
  fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    for (const { reader } of this.#parts) reader.cancel();
    this.#failure(error).then((reason) => this.#columns.reject(reason));
    // Where it fails before anyone waits for the columns, the error is `next`'s, or the caller's, to tell.
    this.#columns.promise.catch(() => this.#error);
    this.#notify();
  }

  /**
   * The task of a shard has settled on its thread. One that failed never started, or its thread has died. Only now a closed
   * port is believed to mean that: by now the dead thread has been replaced, and whoever is told can go on at once.
   */
  taskSettled(index: number, { failed }: { failed: boolean }): void {
    const part = this.#parts[index] as ExecutionPart;
    part.settled = true;
    if (failed) part.reader.close();
    if (part.reader.over) this.#drop(part);
  }

  /** As `settled`, but does not wait long for a server that does not answer. */
  async stopped(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLE_MS);
    });
    await Promise.race([this.#settled.promise, late]);
    clearTimeout(timer);
  }

  /** Settles when nothing of the statement is under way any more. */
  settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** The command tags, in shard order. Complete once `next` has returned undefined, as is all that follows. */
  tags(): string[] {
    return this.#present().map(({ ended }) => ended?.completion.tag ?? '');
  }

  stats(): ShardStats[] {
    return this.#parts.map(({ stats }) => stats);
  }

  /** Whether a part's shard was lost: what came of it is no part of the result. */
  isMissing(part: number): boolean {
    return this.#parts[part]?.lost !== undefined;
  }

  missing(): MissingShard[] {
    return this.#parts.flatMap(({ shard, lost }) =>
      lost === undefined ? [] : [{ shard: shard.name, error: lost }],
    );
  }

  #present(): ExecutionPart[] {
    return this.#parts.filter(({ lost }) => lost === undefined);
  }

  get #over(): boolean {
    return this.#parts.every(({ over }) => over);
  }

  #listen(index: number): ExchangeReaderEvents {
    return {
      described: (message) => this.#onDescribed(index, message),
      batch: (message) => this.#onBatch(index, message),
      ended: (message) => this.#onEnded(index, message),
      failed: (message) => this.#onFailed(index, message),
      lost: () => {
        const part = this.#parts[index] as ExecutionPart;
        if (part.settled) this.#drop(part);
      },
    };
  }

  #onDescribed(index: number, message: Described): void {
    (this.#parts[index] as ExecutionPart).described = message;
    this.#startWhenAgreed();
  }

  #startWhenAgreed(): void {
    if (this.#running || this.#error !== undefined) return;
    // A shard that refuses the statement may be the only one: the others' word decides whose fault it is.
    const parts = this.#present();
    if (!parts.every(({ described, rejected }) => described ?? rejected)) return;
    const rejecting = parts.find(({ rejected }) => rejected !== undefined);
    if (rejecting !== undefined) return this.fail(this.#refusal(rejecting));
    try {
      const descriptions = parts.map(({ shard, described }) => ({
        shard: shard.name,
        described: described as Described,
      }));
      const columns = agreeOnColumns(descriptions, this.#parameterCount);
      this.#events.agreed({
        parameters: (descriptions[0] as ShardDescription).described.parameters,
        columns,
      });
      this.#columns.resolve(columns);
      this.#running = true;
    } catch (error) {
      return this.fail(error as Error);
    }
    for (const { reader, described } of parts) if (described?.waits) reader.run();
  }

  /** Some shards accept the statement and one does not: then it is the shard that is wrong, not the statement. */
  #refusal({ shard, rejected }: ExecutionPart): Error {
    const error = taskError(shard, rejected as Failed);
    const accepting = this.#parts
      .filter(({ described }) => described !== undefined)
      .map((part) => `'${part.shard.name}'`);
    if (accepting.length === 0 || error instanceof ShardError) return error;
    const others =
      accepting.length > 4 ? `${accepting.length} other shards` : `shard ${accepting.join(', ')}`;
    return new ShardError(
      shard.name,
      `${error.message}, but ${others} took the statement: the shards' schemas must be the same`,
      {
        code: error.code,
        cause: error,
      },
    );
  }

  #onBatch(part: number, { buffer, rowCount, byteCount }: BatchMessage): void {
    if (this.#error !== undefined || this.isMissing(part)) return;
    this.#queue.push({ part, buffer });
    this.#events.progress?.((this.#parts[part] as ExecutionPart).shard, rowCount, byteCount, false);
    this.#notify();
  }

  #onEnded(index: number, message: Ended): void {
    const part = this.#parts[index] as ExecutionPart;
    part.ended = message;
    const { rowCount, byteCount } = message.completion;
    if (this.#error === undefined) this.#events.progress?.(part.shard, rowCount, byteCount, true);
    this.#settleWhenOver();
  }

  #onFailed(index: number, message: Failed): void {
    const part = this.#parts[index] as ExecutionPart;
    part.rejected = message;
    // A cancelled shard is the echo of an error that is known already.
    if (this.#error === undefined) {
      const error = taskError(part.shard, message);
      const alone = message.accepted || message.error.kind !== 'server';
      if (alone || error instanceof ShardError) this.#lose(part, error);
      else this.#startWhenAgreed();
    }
    this.#settleWhenOver();
  }

  #drop(part: ExecutionPart): void {
    if (part.over) return;
    part.dropped = true;
    if (this.#error === undefined) this.#lose(part, threadLost(part.shard));
    this.#settleWhenOver();
  }

  /** A shard has failed: that fails the statement, or is passed over where that is asked for and something is left. */
  #lose(part: ExecutionPart, error: Error): void {
    const skip =
      this.#losses === 'skip' || (this.#losses === 'skip-before-rows' && part.handedOut === 0);
    const others = this.#present().length > 1;
    if (!skip || !others || !(error instanceof ShardError) || error.code === INTERNAL) {
      return this.fail(error);
    }
    part.lost = error;
    this.#queue = this.#queue.filter((batch) => this.#parts[batch.part] !== part);
    this.#startWhenAgreed();
    this.#notify();
  }

  #settleWhenOver(): void {
    if (!this.#over || this.#isSettled) return;
    this.#isSettled = true;
    this.#settled.resolve();
    this.#events.settled();
    this.#notify();
  }

  /** The error, once the shards have stopped: so that whoever gets it can go on at once. */
  async #failure(error: Error): Promise<Error> {
    await this.stopped();
    return error;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
