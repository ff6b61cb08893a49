/** Rows of a statement that ran on the engine: kept as columns until they are asked for, or read while they arrive. */
import type { Batch } from '@millrace/batch';
import type { SessionStatement } from '../database-session.js';
import { CancelledError } from '../errors.js';
import { iterateBatches, type PartBatch } from '../result/batch-cursor.js';
import { Slice } from '../result/collect-rows.js';
import { resultOf } from '../result/query-result.js';
import type { Row } from '../result/row-assembler.js';
import type { BatchRows } from '../result/row-builder.js';
import type { Statement } from '../statement.js';
import type { CursorColumn, LinkResult } from './parallel-link.js';

/** Reads a statement to its end; its rows lie in shared memory, shard after shard. */
export async function keptResult({ statement, scope }: SessionStatement): Promise<LinkResult> {
  const { execution, schema, toRows } = statement;
  try {
    const parts: Batch[][] = Array.from({ length: execution.partCount }, () => []);
    for await (const { batch, part } of iterateBatches(execution, schema, { toRows })) {
      parts[part]?.push(batch.retain());
    }
    return new KeptResult(statement, parts.flat());
  } catch (error) {
    // An error of ours must stop the shards, too.
    execution.fail(error as Error);
    throw error;
  } finally {
    scope.close();
  }
}

class KeptResult implements LinkResult {
  readonly columns: readonly CursorColumn[] | null;
  readonly rowcount: number;
  readonly #statement: Statement;
  #batches: Batch[];
  #rows: BatchRows | undefined;

  constructor(statement: Statement, batches: Batch[]) {
    this.#statement = statement;
    this.#batches = batches.reverse();
    this.columns = columnsOf(statement);
    this.rowcount = resultOf([], statement.execution.tags()).rowCount ?? -1;
  }

  async next(): Promise<Row[] | undefined> {
    return this.#next();
  }

  all(): Promise<Row[]> {
    return allRows(this);
  }

  async close(): Promise<void> {
    this.#batches = [];
    this.#rows = undefined;
  }

  #next(): Row[] | undefined {
    for (;;) {
      const block = this.#rows?.next();
      if (block !== undefined) return block;
      const batch = this.#batches.pop();
      if (batch === undefined) return undefined;
      this.#rows = this.#statement.builder.open(batch);
    }
  }
}

/** Rows of all shards as they arrive, in fixed memory. */
export class StreamedResult implements LinkResult {
  readonly columns: readonly CursorColumn[] | null;
  onOver?: (failed: boolean) => void;
  readonly #call: SessionStatement;
  readonly #batches: AsyncGenerator<PartBatch, void, undefined>;
  #rows: BatchRows | undefined;
  #state: 'running' | 'ended' | 'failed' = 'running';
  /** Why it has failed: told at every fetch, for what came before is not all. */
  #error: unknown;

  constructor(call: SessionStatement) {
    const { execution, schema, toRows } = call.statement;
    this.#call = call;
    this.columns = columnsOf(call.statement);
    this.#batches = iterateBatches(execution, schema, { toRows });
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  get rowcount(): number {
    if (this.#state !== 'ended') return -1;
    return resultOf([], this.#call.statement.execution.tags()).rowCount ?? -1;
  }

  async next(): Promise<Row[] | undefined> {
    for (;;) {
      const block = this.#rows?.next();
      if (block !== undefined) return block;
      if (this.#state === 'failed') throw this.#error;
      if (this.#state === 'ended') return undefined;
      await this.#nextBatch();
    }
  }

  all(): Promise<Row[]> {
    return allRows(this);
  }

  /** Cancels the statement, which on the servers fails the transaction that it is part of. */
  async close(): Promise<void> {
    if (this.#state !== 'running') return;
    const { execution } = this.#call.statement;
    const error = new CancelledError('The statement was ended before its last row was fetched');
    execution.fail(error);
    this.#end('failed', error);
    await execution.stopped();
  }

  async #nextBatch(): Promise<void> {
    this.#rows = undefined;
    try {
      const next = await this.#batches.next();
      if (next.done) this.#end('ended');
      else this.#rows = this.#call.statement.builder.open(next.value.batch);
    } catch (error) {
      this.#end('failed', error);
      throw error;
    }
  }

  #end(state: 'ended' | 'failed', error?: unknown): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    this.#error = error;
    this.#rows = undefined;
    this.#call.scope.close();
    this.onOver?.(state === 'failed');
  }
}

/** The rows that are left, made in slices between which the application's event loop has a turn. */
async function allRows(result: LinkResult): Promise<Row[]> {
  const rows: Row[] = [];
  const slice = new Slice();
  for (let block = await result.next(); block !== undefined; block = await result.next()) {
    for (const row of block) rows.push(row);
    if (slice.over()) await slice.next();
  }
  return rows;
}

function columnsOf({ columns }: Statement): CursorColumn[] | null {
  return columns.length === 0 ? null : [...columns];
}
