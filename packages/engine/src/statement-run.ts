/** One call's statement under way, with what was done for it before. */
import type { MissingShard, ShardStats } from './dispatch/execution-part.js';
import type { Snapshot } from './dispatch/snapshot.js';
import type { OperatorStats, StepExecution } from './dispatch/step-execution.js';
import { ShardError } from './errors.js';
import type { StatementPlan } from './plan/distributed-plan.js';
import type { StepActuals } from './plan/explain.js';
import type { Statement } from './statement.js';
import { type RunOptions, type Started, StatementStart } from './statement-start.js';

/** A statement that its shards have accepted, and what was done for it before. */
export class StatementRun {
  readonly statement: Statement;
  readonly #finished: readonly StepExecution[];
  readonly #excluded: readonly MissingShard[];
  readonly #snapshot: Snapshot | undefined;
  readonly planned: StatementPlan;

  /**
   * Starts a plan. With `shardErrors: 'skip'` it is started again without the shards that are lost meanwhile.
   *
   * @throws what its shards throw
   */
  static async start(options: RunOptions): Promise<StatementRun> {
    const excluded: MissingShard[] = [];
    for (;;) {
      try {
        const started = await new StatementStart(options, excluded).start();
        return new StatementRun(started, excluded, options.planned);
      } catch (error) {
        const lost = lostShard(error, options, excluded);
        if (lost === undefined) throw error;
        excluded.push(lost);
      }
    }
  }

  private constructor(
    { statement, finished, snapshot, staging, shardNames }: Started,
    excluded: readonly MissingShard[],
    planned: StatementPlan,
  ) {
    this.shardNames = shardNames;
    this.statement = statement;
    this.#finished = finished;
    this.#excluded = excluded;
    this.#snapshot = snapshot;
    this.planned = planned;
    statement.execution.settled().then(async () => {
      await staging?.close();
      await snapshot?.close();
    });
  }

  /** What each shard did, over all rounds. */
  stats(): ShardStats[] {
    const byName = new Map<string, ShardStats>();
    for (const execution of [...this.#finished, this.statement.execution]) {
      for (const stats of execution.stats())
        byName.set(stats.name, sum(byName.get(stats.name), stats));
    }
    return [...byName.values()];
  }

  operators(): OperatorStats[] {
    return [...this.#finished, this.statement.execution].flatMap((execution) =>
      execution.operators(),
    );
  }

  /** What came of each round, in the order of the plan. */
  actuals(): StepActuals[] {
    return [...this.#finished, this.statement.execution].map((execution) => ({
      shards: execution.stats(),
      operators: execution.operators(),
    }));
  }

  missing(): MissingShard[] {
    return [...this.#excluded, ...this.statement.execution.missing()];
  }

  /** Names of the shards that batches come from; undefined where they are merged. */
  readonly shardNames: readonly string[] | undefined;

  /** Milliseconds between the first and the last snapshot of its shards; undefined without. */
  get snapshotSpanMs(): number | undefined {
    return this.#snapshot?.spanMs;
  }
}

/** The shard that a call can do without; undefined: the error is the call's. */
function lostShard(
  error: unknown,
  { request, shards, planned }: RunOptions,
  excluded: readonly MissingShard[],
): MissingShard | undefined {
  const ours =
    !(error instanceof ShardError) ||
    error.code === 'MILLRACE_INTERNAL' ||
    error.code === 'MILLRACE_SCHEMA_DRIFT';
  if (ours || request.shardErrors !== 'skip' || planned.plan.class === 'union') return undefined;
  if (excluded.length + 1 >= shards.length) return undefined;
  if (excluded.some(({ shard }) => shard === error.shard)) return undefined;
  return { shard: error.shard, error };
}

function sum(a: ShardStats | undefined, b: ShardStats): ShardStats {
  if (a === undefined) return b;
  return {
    ...b,
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    firstRowMs: a.firstRowMs ?? b.firstRowMs,
    totalMs: a.totalMs + b.totalMs,
  };
}
