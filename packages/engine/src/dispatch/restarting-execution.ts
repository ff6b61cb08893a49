/**
 * A merge that does without the shards it loses: their rows cannot be taken out of it, so it starts again on the others.
 * Each attempt is a part of the result, and the last one is the result.
 */
import type { Schema } from '@millrace/batch';
import type { ColumnDescription } from '@millrace/postgres';
import type { SnapshotTimes } from '@millrace/worker';
import type { PlanPart } from '../plan/distributed-plan.js';
import type { Shard } from '../topology/shards.js';
import type { Execution } from './execution.js';
import type { MissingShard, ShardStats } from './execution-part.js';
import { ShardsLostError } from './shards-lost-error.js';
import type { ArrivedBatch, OperatorStats, StepExecution } from './step-execution.js';

export type StartAttempt = (parts: readonly PlanPart[]) => Promise<Execution>;

export class RestartingExecution implements StepExecution {
  readonly #shards: readonly Shard[];
  readonly #parts: readonly PlanPart[];
  readonly #start: StartAttempt;
  readonly #lost: MissingShard[] = [];
  #execution: Execution;
  /** The attempt that counts: the present one, or the next, which is being started. */
  #attempt: Promise<Execution>;
  #number = 0;
  /** The last attempt that has lost shards. */
  #failed: Execution | undefined;
  #error: Error | undefined;

  /** @param shards those of the parts */
  static async start(
    shards: readonly Shard[],
    parts: readonly PlanPart[],
    start: StartAttempt,
  ): Promise<RestartingExecution> {
    return new RestartingExecution(shards, parts, start, await start(parts));
  }

  private constructor(
    shards: readonly Shard[],
    parts: readonly PlanPart[],
    start: StartAttempt,
    first: Execution,
  ) {
    this.#shards = shards;
    this.#parts = parts;
    this.#start = start;
    this.#execution = first;
    this.#attempt = Promise.resolve(first);
  }

  /** Each attempt but the last has lost a shard. */
  get partCount(): number {
    return this.#parts.length;
  }

  columns(): Promise<readonly ColumnDescription[]> {
    return this.#ask((execution) => execution.columns());
  }

  output(): Promise<Schema | undefined> {
    return this.#ask((execution) => execution.output());
  }

  async next(): Promise<ArrivedBatch | undefined> {
    const batch = await this.#ask((execution) => execution.next());
    return batch && { part: this.#number, buffer: batch.buffer };
  }

  release(part: number, buffer: SharedArrayBuffer | undefined): void {
    if (part === this.#number) this.#execution.release(0, buffer);
  }

  isMissing(part: number): boolean {
    return part !== this.#number;
  }

  fail(error: Error): void {
    this.#error ??= error;
    this.#execution.fail(error);
  }

  stopped(): Promise<void> {
    return this.#execution.stopped();
  }

  settled(): Promise<void> {
    return this.#execution.settled();
  }

  tags(): string[] {
    return this.#execution.tags();
  }

  stats(): ShardStats[] {
    const present = new Map(this.#execution.stats().map((stats) => [stats.name, stats]));
    return this.#shards.map(
      ({ name }) =>
        present.get(name) ?? {
          name,
          server: undefined,
          ...{ rows: 0, bytes: 0, firstRowMs: undefined, totalMs: 0 },
        },
    );
  }

  literals(): readonly string[] {
    return this.#execution.literals();
  }

  operators(): OperatorStats[] {
    return this.#execution.operators();
  }

  snapshots(): SnapshotTimes[] {
    return this.#execution.snapshots();
  }

  /** In shard order. */
  missing(): MissingShard[] {
    const all = [...this.#lost, ...this.#execution.missing()];
    return this.#shards.flatMap(({ name }) => all.find(({ shard }) => shard === name) ?? []);
  }

  /** Asks the attempt that counts, until one of them does not lose shards. */
  async #ask<T>(ask: (execution: Execution) => Promise<T>): Promise<T> {
    for (;;) {
      const execution = await this.#attempt;
      try {
        return await ask(execution);
      } catch (error) {
        if (!(error instanceof ShardsLostError) || this.#error !== undefined) throw error;
        // Others may have asked, too, and started the next one already.
        if (execution === this.#failed) continue;
        this.#failed = execution;
        this.#attempt = this.#startAgain(error);
      }
    }
  }

  async #startAgain({ missing }: ShardsLostError): Promise<Execution> {
    this.#lost.push(...missing);
    const isLost = (shard: Shard): boolean => this.#lost.some((lost) => lost.shard === shard.name);
    const parts = this.#parts.filter((_, i) => !isLost(this.#shards[i] as Shard));
    const execution = await this.#start(parts);
    this.#execution = execution;
    this.#number++;
    if (this.#error !== undefined) execution.fail(this.#error);
    return execution;
  }
}
