/** A statement that all shards have accepted and are running, with all that is needed to read its rows. */
import { assert, type Batch, type Field, type Schema, typeName } from '@millrace/batch';
import { type ColumnDescription, columnDecoder, postgresTypeName } from '@millrace/postgres';
import type { CallRequest } from './call-request.js';
import type { CallScope } from './call-scope.js';
import type { Losses } from './dispatch/dispatch-request.js';
import type { DispatchRequest } from './dispatch/dispatcher.js';
import type { StepExecution } from './dispatch/step-execution.js';
import { CancelledError } from './errors.js';
import type { PlanStep } from './plan/distributed-plan.js';
import { readableError } from './result/readable-error.js';
import { RowBuilder } from './result/row-builder.js';

export interface StatementOptions {
  readonly step: PlanStep;
  readonly request: CallRequest;
  readonly scope: CallScope;
  /** Whether the caller gets nothing before it gets all: then a shard's rows can be left out to the last. */
  readonly keepsAll: boolean;
  /**
   * The columns of the result, as the caller shall see them. With a merge they say how its values are read. Without one,
   * values are read as the shards describe them. Default: the shards' columns.
   */
  readonly columns?: readonly ColumnDescription[];
  /** Where each part's batches go, instead of to the caller: see `DispatchRequest`. */
  readonly outputs?: DispatchRequest['outputs'];
  /** Columns at the end of each row that the caller does not get. Default 0. */
  readonly hiddenColumns?: number;
}

/** Whatever plans are sent by: the dispatcher, or a session. */
export interface PlanStarter {
  start(request: DispatchRequest): Promise<StepExecution>;
}

export class Statement {
  readonly execution: StepExecution;
  readonly columns: readonly ColumnDescription[];
  readonly schema: Schema;
  readonly builder: RowBuilder;

  /** Sends a step to its shards. Settles when all have accepted it and their columns agree. */
  static async start(starter: PlanStarter, options: StatementOptions): Promise<Statement> {
    const { step, request, scope, keepsAll, outputs } = options;
    const execution = await starter.start({
      step,
      parameters: request.parameters,
      atOnce: keepsAll,
      losses: lossesOf(request, keepsAll),
      outputs,
      signal: scope.signal,
      onProgress: request.onProgress && reportTo(request.onProgress, scope),
    });
    const described = await execution.columns();
    return new Statement(
      execution,
      readableColumns(described, await execution.output(), options),
      options,
    );
  }

  private constructor(
    execution: StepExecution,
    { shown, read, fields }: ReadableColumns,
    { request, hiddenColumns }: StatementOptions,
  ) {
    this.execution = execution;
    this.columns = shown;
    this.schema = { fields, ...(hiddenColumns && { hiddenColumns }) };
    this.builder = new RowBuilder(read, request);
  }

  /** `Batch.toRows` of the statement's batches. */
  readonly toRows = (batch: Batch): Record<string, unknown>[] => {
    try {
      return this.builder.rows(batch) as Record<string, unknown>[];
    } catch (error) {
      throw readableError(error);
    }
  };

  /** Ends what is left of it. Its shards are free again when this settles, or soon after. */
  async stop(): Promise<void> {
    this.execution.fail(new CancelledError('The stream was left before its end'));
    await this.execution.stopped();
  }
}

/** The columns that the caller gets. */
interface ReadableColumns {
  readonly shown: readonly ColumnDescription[];
  /** How their values are read: under the names shown. */
  readonly read: readonly ColumnDescription[];
  readonly fields: readonly Field[];
}

/** @param output the columns of a merge's batches; undefined: they are as described */
function readableColumns(
  described: readonly ColumnDescription[],
  output: Schema | undefined,
  { columns, hiddenColumns = 0 }: StatementOptions,
): ReadableColumns {
  const count = (output?.fields ?? described).length - hiddenColumns;
  const shown = columns ?? described.slice(0, count);
  assert(shown.length === count, 'each column that is read is described', shown.length, count);
  const read = shown.map((column, i) =>
    output === undefined ? { ...(described[i] as ColumnDescription), name: column.name } : column,
  );
  const fields = read.map((column, i) => {
    const expected = columnDecoder(column).type;
    const type = output?.fields[i]?.type ?? expected;
    const name = postgresTypeName(column.dataTypeID, column.dataTypeModifier);
    assert(
      type.kind === expected.kind,
      'a merge gives what is read',
      column.name,
      name,
      typeName(type),
    );
    return { name: column.name, type };
  });
  return { shown, read, fields };
}

function lossesOf({ shardErrors }: CallRequest, keepsAll: boolean): Losses {
  if (shardErrors === 'fail') return 'fail';
  return keepsAll ? 'skip' : 'skip-before-rows';
}

/** What a caller's own callback throws ends the call. */
function reportTo(onProgress: NonNullable<CallRequest['onProgress']>, scope: CallScope) {
  return (shard: { readonly name: string }, rows: number, bytes: number, done: boolean): void => {
    try {
      onProgress({ shard: shard.name, rows, bytes, done });
    } catch (error) {
      scope.end(error as Error);
    }
  };
}
