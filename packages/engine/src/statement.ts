/** A statement that all shards have accepted and are running, with all that is needed to read its rows. */
import type { Batch, Schema } from '@millrace/batch';
import { type ColumnDescription, columnDecoder } from '@millrace/postgres';
import type { CallRequest } from './call-request.js';
import type { CallScope } from './call-scope.js';
import type { DispatchRequest } from './dispatch/dispatcher.js';
import type { Execution, Losses } from './dispatch/execution.js';
import { CancelledError } from './errors.js';
import type { DistributedPlan } from './plan/distributed-plan.js';
import { readableError } from './result/readable-error.js';
import { RowBuilder } from './result/row-builder.js';

export interface StatementOptions {
  readonly plan: DistributedPlan;
  readonly request: CallRequest;
  readonly scope: CallScope;
  /** Whether the caller gets nothing before it gets all: then a shard's rows can be left out to the last. */
  readonly keepsAll: boolean;
}

/** Whatever plans are sent by: the dispatcher, or a session. */
export interface PlanStarter {
  start(request: DispatchRequest): Promise<Execution>;
}

export class Statement {
  readonly execution: Execution;
  readonly columns: readonly ColumnDescription[];
  readonly schema: Schema;
  readonly builder: RowBuilder;

  /** Sends a plan to its shards. Settles when all have accepted it and their columns agree. */
  static async start(starter: PlanStarter, options: StatementOptions): Promise<Statement> {
    const { plan, request, scope, keepsAll } = options;
    const execution = await starter.start({
      plan,
      parameters: request.parameters,
      atOnce: keepsAll,
      losses: lossesOf(request, keepsAll),
      signal: scope.signal,
      onProgress: request.onProgress && reportTo(request.onProgress, scope),
    });
    return new Statement(execution, await execution.columns(), request);
  }

  private constructor(
    execution: Execution,
    columns: readonly ColumnDescription[],
    request: CallRequest,
  ) {
    this.execution = execution;
    this.columns = columns;
    this.schema = {
      fields: columns.map((column) => ({ name: column.name, type: columnDecoder(column).type })),
    };
    this.builder = new RowBuilder(columns, request);
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
