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
 *
 * With a merge, batches come from it alone; it begins when the shards agree, and when it is over what still runs on shards
 * is stopped: that is no failure. A shard that is lost after it has begun cannot be taken out of it: where it was to be
 * passed over, the execution fails with a `ShardsLostError`.
 */

import type { Schema } from '@millrace/batch';
import type { ColumnDescription, StatementDescription } from '@millrace/postgres';
import {
  type BatchMessage,
  type Described,
  type Ended,
  type ExchangePort,
  ExchangeReader,
  type ExchangeReaderEvents,
  type Failed,
  type SnapshotTimes,
} from '@millrace/worker';
import { ShardError } from '../errors.js';
import type { Shard } from '../topology/shards.js';
import { agree } from './agreement.js';
import { deferred, settledWithin } from './deferred.js';
import type { Losses } from './dispatch-request.js';
import { ExecutionMerge, type MergeSettings } from './execution-merge.js';
import { ExecutionPart, type MissingShard, type ShardStats } from './execution-part.js';
import { refusal } from './refusal.js';
import { ShardsLostError } from './shards-lost-error.js';
import type { ArrivedBatch, OperatorStats, StepExecution } from './step-execution.js';
import { mergeError, mergeLost, taskError, threadLost } from './task-failure.js';

export interface ExecutionOptions {
  readonly parameterCount: number;
  readonly losses: Losses;
  /** What must be before any shard runs the statement; does not reject. */
  readonly ready?: Promise<void> | undefined;
  /** Makes one stream of the shards' rows. */
  readonly merge?: MergeSettings;
  /** Whether statements are cancelled whose rows a merge does not want any more. They end by themselves otherwise. */
  readonly cancelsUnwanted?: boolean;
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

export class Execution implements StepExecution {
  readonly #parts: ExecutionPart[];
  readonly #options: ExecutionOptions;
  readonly #events: ExecutionEvents;
  readonly #merge: ExecutionMerge | undefined;
  #queue: ArrivedBatch[] = [];
  readonly #columns = deferred<readonly ColumnDescription[]>();
  readonly #settled = deferred<void>();
  #running = false;
  #isSettled = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param ports for each shard the end of an exchange whose other end its task has
   */
  constructor(
    shards: readonly Shard[],
    ports: readonly ExchangePort[],
    options: ExecutionOptions,
    events: ExecutionEvents,
  ) {
    this.#options = options;
    this.#events = events;
    this.#merge = options.merge && this.#openMerge(options.merge);
    this.#parts = shards.map((shard, index) => {
      const port = ports[index] as ExchangePort;
      return new ExecutionPart(shard, new ExchangeReader(port, this.#listen(index), CREDITS / 2));
    });
  }

  get partCount(): number {
    return this.#merge === undefined ? this.#parts.length : 1;
  }

  /** The columns, when all shards agree on them. The statement runs from then on. */
  columns(): Promise<readonly ColumnDescription[]> {
    return this.#columns.promise;
  }

  async output(): Promise<Schema | undefined> {
    return this.#merge?.output.promise;
  }

  async next(): Promise<ArrivedBatch | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw await this.#failure(this.#error);
      const batch = this.#queue.shift();
      if (batch !== undefined) {
        (this.#merge ?? (this.#parts[batch.part] as ExecutionPart)).handedOut++;
        return batch;
      }
      if (this.#over) return undefined;
      if (this.#merge?.merged !== undefined) {
        await this.stopped();
        if (this.#error === undefined) return undefined;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  release(part: number, buffer: SharedArrayBuffer | undefined): void {
    (this.#merge ?? this.#parts[part])?.reader.credit(buffer);
    if (this.#queue.length > 0) return;
    if (this.#merge !== undefined) return this.#merge.reader.flushCredits();
    for (const { reader } of this.#parts) reader.flushCredits();
  }

  fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    for (const { reader } of this.#parts) reader.cancel();
    this.#merge?.reader.cancel();
    this.#failure(error).then((reason) => {
      this.#columns.reject(reason);
      this.#merge?.output.reject(reason);
    });
    // Where it fails before anyone waits for the columns, the error is `next`'s, or the caller's, to tell.
    this.#columns.promise.catch(() => this.#error);
    this.#merge?.output.promise.catch(() => this.#error);
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

  /** The merge's task has settled: see `taskSettled`. */
  mergeSettled({ failed }: { failed: boolean }): void {
    const merge = this.#merge as ExecutionMerge;
    merge.settled = true;
    if (failed) merge.reader.close();
    if (merge.reader.over) this.#dropMerge(merge);
  }

  stopped(): Promise<void> {
    return settledWithin(this.#settled.promise, SETTLE_MS);
  }

  settled(): Promise<void> {
    return this.#settled.promise;
  }

  tags(): string[] {
    if (this.#merge !== undefined) return [this.#merge.tag];
    return this.#present().map(({ ended }) => ended?.completion.tag ?? '');
  }

  stats(): ShardStats[] {
    return this.#parts.map(({ stats }) => stats);
  }

  snapshots(): SnapshotTimes[] {
    return this.#present().flatMap(({ described }) => described?.snapshot ?? []);
  }

  literals(): readonly string[] {
    return this.#merge?.merged?.literals ?? [];
  }

  operators(): OperatorStats[] {
    return this.#merge?.stats() ?? [];
  }

  isMissing(part: number): boolean {
    return this.#merge === undefined && this.#parts[part]?.lost !== undefined;
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
    return this.#parts.every(({ over }) => over) && this.#merge?.over !== false;
  }

  #openMerge(settings: MergeSettings): ExecutionMerge {
    const merge: ExecutionMerge = new ExecutionMerge(settings, CREDITS / 2, {
      batch: (buffer) => this.#onMergedBatch(buffer),
      merged: () => this.#onMerged(),
      failed: (message) => {
        if (this.#error === undefined) this.fail(mergeError(message));
        this.#settleWhenOver();
      },
      lost: () => {
        if (merge.settled) this.#dropMerge(merge);
      },
    });
    return merge;
  }

  #listen(index: number): ExchangeReaderEvents {
    return {
      described: (message) => this.#onDescribed(index, message),
      batch: (message) => this.#onBatch(index, message),
      progress: ({ rowCount, byteCount }) => {
        if (this.#error !== undefined) return;
        const { shard } = this.#parts[index] as ExecutionPart;
        this.#events.progress?.(shard, rowCount, byteCount, false);
      },
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
    if (rejecting !== undefined) return this.fail(refusal(rejecting, this.#parts));
    try {
      const { parameterCount, ready } = this.#options;
      const description = agree(parts, parameterCount);
      this.#events.agreed(description);
      this.#running = true;
      if (ready === undefined) return this.#run(description.columns);
      void ready.then(() => this.#run(description.columns));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  #run(columns: readonly ColumnDescription[]): void {
    if (this.#error !== undefined) return;
    this.#columns.resolve(columns);
    const parts = this.#present();
    this.#merge?.begin(
      columns,
      parts.map((part) => this.#parts.indexOf(part)),
    );
    for (const { reader, described } of parts) if (described?.waits) reader.run();
  }

  #onBatch(part: number, { buffer, rowCount, byteCount }: BatchMessage): void {
    if (this.#error !== undefined || this.isMissing(part)) return;
    this.#queue.push({ part, buffer });
    this.#events.progress?.((this.#parts[part] as ExecutionPart).shard, rowCount, byteCount, false);
    this.#notify();
  }

  #onMergedBatch(buffer: SharedArrayBuffer): void {
    if (this.#error !== undefined) return;
    this.#queue.push({ part: 0, buffer });
    this.#notify();
  }

  /** All rows have come. What still runs is not wanted any more. */
  #onMerged(): void {
    const running = this.#parts.filter(({ over }) => !over);
    if (this.#options.cancelsUnwanted) for (const { reader } of running) reader.cancel();
    this.#settleWhenOver();
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
    if (this.#isUnwanted(message)) {
      part.unwanted = message;
      return this.#settleWhenOver();
    }
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

  /** A merge that wants no more rows stops their task, or it is gone itself, which is its own failure. */
  #isUnwanted({ error }: Failed): boolean {
    if (this.#merge === undefined || this.#error !== undefined) return false;
    return error.kind === 'cancelled' || this.#merge.merged !== undefined;
  }

  #dropMerge(merge: ExecutionMerge): void {
    if (merge.over) return;
    merge.dropped = true;
    if (this.#error === undefined) {
      const missing = this.missing();
      this.fail(missing.length > 0 ? new ShardsLostError(missing) : mergeLost());
    }
    this.#settleWhenOver();
  }

  #drop(part: ExecutionPart): void {
    if (part.over) return;
    part.dropped = true;
    const isWanted = this.#merge?.merged === undefined;
    if (this.#error === undefined && isWanted) this.#lose(part, threadLost(part.shard));
    this.#settleWhenOver();
  }

  /** A shard has failed: that fails the statement, or is passed over where that is asked for and something is left. */
  #lose(part: ExecutionPart, error: Error): void {
    const { losses } = this.#options;
    const { handedOut } = this.#merge ?? part;
    const skip = losses === 'skip' || (losses === 'skip-before-rows' && handedOut === 0);
    const others = this.#present().length > 1;
    if (!skip || !others || !(error instanceof ShardError) || error.code === INTERNAL) {
      return this.fail(error);
    }
    if (this.#merge !== undefined && this.#running) {
      const missing = [...this.missing(), { shard: part.shard.name, error }];
      return this.fail(new ShardsLostError(missing));
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
