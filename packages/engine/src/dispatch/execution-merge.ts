import type { MessagePort } from 'node:worker_threads';
import type { Schema } from '@millrace/batch';
import { type ColumnDescription, columnDecoder } from '@millrace/postgres';
import { ExchangeReader, type Failed, type Merged } from '@millrace/worker';
import type { MergePlan } from '../plan/distributed-plan.js';
import { type Deferred, deferred } from './deferred.js';
import type { OperatorStats } from './step-execution.js';

export interface MergeSettings {
  /** Undefined: all columns of all rows, in any order. */
  readonly plan: MergePlan | undefined;
  /** The other end of its task's port. */
  readonly port: MessagePort;
  readonly batchRows: number;
}

export interface ExecutionMergeEvents {
  batch(buffer: SharedArrayBuffer): void;
  /** It has come to its end. */
  merged(): void;
  failed(message: Failed): void;
  /** Its port is closed without a last word. */
  lost(): void;
}

const OPERATORS = { gather: 'gather', ordered: 'merge', aggregate: 'aggregate' } as const;

/** The merge of an execution, as the engine sees it: begun when its shards agree. */
export class ExecutionMerge {
  readonly reader: ExchangeReader;
  readonly output: Deferred<Schema> = deferred<Schema>();
  merged: Merged | undefined;
  rejected: Failed | undefined;
  /** The task has settled on its thread. */
  settled = false;
  /** There was no last word, and there will be none. */
  dropped = false;
  /** Batches that the consumer has been given. */
  handedOut = 0;
  readonly #settings: MergeSettings;

  /** @param creditsAtOnce see `ExchangeReader` */
  constructor(settings: MergeSettings, creditsAtOnce: number, events: ExecutionMergeEvents) {
    this.#settings = settings;
    this.reader = new ExchangeReader(
      settings.port,
      {
        begun: ({ output }) => this.output.resolve(output),
        batch: ({ buffer }) => events.batch(buffer),
        merged: (message) => {
          this.merged = message;
          events.merged();
        },
        failed: (message) => {
          this.rejected = message;
          events.failed(message);
        },
        lost: () => events.lost(),
      },
      creditsAtOnce,
    );
  }

  /** Whether all has come that will come. */
  get over(): boolean {
    return this.merged !== undefined || this.rejected !== undefined || this.dropped;
  }

  /**
   * @param columns what each shard's rows are
   * @param inputs indexes of the parts that take part
   */
  begin(columns: readonly ColumnDescription[], inputs: readonly number[]): void {
    const { plan = gatherAll(columns.length), batchRows } = this.#settings;
    const fields = columns.map((column) => ({
      name: column.name,
      type: columnDecoder(column).type,
    }));
    const pipeline = { ...plan, input: { fields }, inputCount: inputs.length, batchRows };
    this.reader.begin({ kind: 'begin', pipeline, inputs });
  }

  get tag(): string {
    return `SELECT ${this.merged?.statistics.rowsOut ?? 0}`;
  }

  stats(): OperatorStats[] {
    if (this.merged === undefined) return [];
    const { statistics, ms } = this.merged;
    const { rowsIn, rowsOut, peakBytes } = statistics;
    const name = OPERATORS[this.#settings.plan?.combine.kind ?? 'gather'];
    return [{ name, rowsIn, rowsOut, ms, peakBytes, spilledBytes: 0 }];
  }
}

function gatherAll(columnCount: number): MergePlan {
  const columns = Array.from({ length: columnCount }, (_, column) => column);
  return { combine: { kind: 'gather' }, sort: [], limit: undefined, columns };
}
