/** A plan for people, and as data: what each shard is asked, what moves, and why the answer is right. */
import type { UnsupportedError } from '../errors.js';
import type {
  DistributedPlan,
  PlanClass,
  PlannedMerge,
  StatementPlan,
} from './distributed-plan.js';

/** Why a statement is not answered. */
export interface Refusal {
  readonly message: string;
  readonly clause: string;
  /** 1-based, in characters. */
  readonly position: number | undefined;
  /** What works instead. */
  readonly hint: string;
}

/** What a shard is asked in the last step: the one that gives the answer. */
export interface ExplainedShard {
  readonly name: string;
  readonly sql: string;
}

/** One round of a plan. */
export interface ExplainedStep {
  /** `constant`, `stage 0`, …, `answer`. */
  readonly name: string;
  readonly class: PlanClass;
  readonly sql: string;
  /** Names of the shards that are asked. */
  readonly shards: readonly string[];
  /** What happens to their rows here: `merge sorted streams, limit`. Empty: nothing. */
  readonly operators: readonly string[];
  /** Where its rows go: to the caller, or back to shards. */
  readonly moves: string;
  /** With `analyze`. */
  readonly actual?: StepActuals;
}

/** What came of a step. Times in milliseconds. */
export interface StepActuals {
  readonly shards: readonly {
    readonly name: string;
    readonly rows: number;
    readonly bytes: number;
    readonly firstRowMs: number | undefined;
    readonly totalMs: number;
  }[];
  readonly operators: readonly {
    readonly name: string;
    readonly rowsIn: number;
    readonly rowsOut: number;
    readonly ms: number;
    readonly peakBytes: number;
    readonly spilledBytes: number;
  }[];
}

/** Rows and time of the whole, with `analyze`. */
export interface ExplainedTotal {
  readonly rows: number;
  readonly planMs: number;
  readonly totalMs: number;
}

export class Explanation {
  readonly class: PlanClass | 'refused';
  /** Why the answer is that of one database. */
  readonly proof: readonly string[];
  /** What each shard is asked for the answer. */
  readonly shards: readonly ExplainedShard[];
  /** All rounds, in order; the last one gives the answer. */
  readonly steps: readonly ExplainedStep[];
  readonly refusal: Refusal | undefined;
  readonly total: ExplainedTotal | undefined;

  constructor(parts: {
    readonly class: PlanClass | 'refused';
    readonly proof?: readonly string[];
    readonly steps?: readonly ExplainedStep[];
    readonly refusal?: Refusal;
    readonly total?: ExplainedTotal | undefined;
  }) {
    this.class = parts.class;
    this.proof = parts.proof ?? [];
    this.steps = parts.steps ?? [];
    const last = this.steps[this.steps.length - 1];
    this.shards = (last?.shards ?? []).map((name) => ({ name, sql: last?.sql ?? '' }));
    this.refusal = parts.refusal;
    this.total = parts.total;
  }

  /** The plan as text, a step after the other. */
  toString(): string {
    if (this.refusal !== undefined) return refusalText(this.refusal);
    const lines = [`plan: ${this.class}`, ...this.proof.map((reason) => `  because ${reason}`)];
    for (const step of this.steps) lines.push(...stepLines(step));
    if (this.total !== undefined) {
      const { rows, planMs, totalMs } = this.total;
      lines.push(
        `${rows} rows, planned in ${planMs.toFixed(1)} ms, ${totalMs.toFixed(1)} ms in all`,
      );
    }
    return lines.join('\n');
  }

  toJSON(): Record<string, unknown> {
    const { class: planClass, proof, shards, steps, refusal, total } = this;
    return {
      class: planClass,
      proof,
      shards,
      steps,
      ...(refusal && { refusal }),
      ...(total && { total }),
    };
  }
}

/** The explanation of a statement that is not answered. */
export function explainRefusal({ message, clause, position, hint }: UnsupportedError): Explanation {
  return new Explanation({ class: 'refused', refusal: { message, clause, position, hint } });
}

/**
 * Explains a plan.
 *
 * @param names of the shards, by index
 * @param actuals what came of each step, in order; undefined where it was not run
 */
export function explainPlan(
  { plan, constants }: StatementPlan,
  names: readonly string[],
  actuals?: { readonly steps: readonly StepActuals[]; readonly total: ExplainedTotal },
): Explanation {
  const steps: ExplainedStep[] = constants.map(({ sql }) => ({
    name: 'constant',
    class: 'single',
    sql,
    shards: ['any'],
    operators: [],
    moves: 'one value goes back to the shards',
  }));
  addSteps(plan, names, steps, { name: 'answer', moves: 'rows go to the caller' });
  const measured = steps.map((step, i) => {
    const actual = actuals?.steps[i];
    return actual === undefined ? step : { ...step, actual };
  });
  return new Explanation({
    class: plan.class,
    proof: plan.proof,
    steps: measured,
    total: actuals?.total,
  });
}

function addSteps(
  { class: planClass, stages, step }: DistributedPlan,
  names: readonly string[],
  steps: ExplainedStep[],
  { name, moves }: Pick<ExplainedStep, 'name' | 'moves'>,
): void {
  for (const stage of stages) {
    const columns = stage.columns.map((column) => column.name).join(', ');
    addSteps(stage.plan, names, steps, {
      name: `stage ${stage.id}`,
      moves:
        stage.transport === 'table'
          ? `rows are copied to one server: ${columns}`
          : `rows go back to shards, an array for each of: ${columns}`,
    });
  }
  steps.push({
    name,
    class: planClass,
    sql: step.sql,
    shards: step.shards === 'any' ? ['any'] : step.shards.map((shard) => names[shard] ?? ''),
    operators: step.merge === undefined ? [] : operatorsOf(step.merge),
    moves,
  });
}

function operatorsOf({ combine, sort, limit }: PlannedMerge): string[] {
  const first =
    combine.kind === 'aggregate'
      ? combine.accumulators.length > 0
        ? `hash aggregate by ${combine.keys.length} keys: ${combine.accumulators.map(({ kernel }) => kernel).join(', ')}`
        : `distinct over ${combine.keys.length} columns`
      : combine.kind === 'ordered'
        ? `merge streams sorted by ${combine.keys.length} keys`
        : 'gather';
  const order = sort.length > 0 ? [`sort by ${sort.length} keys`] : [];
  return [
    first,
    ...order,
    ...(limit === undefined ? [] : [limit.withTies ? 'limit with ties' : 'limit']),
  ];
}

function refusalText({ message, clause, position, hint }: Refusal): string {
  const where = position === undefined ? clause : `${clause}, at character ${position}`;
  return `plan: refused (${where})\n  because ${message}\n  instead: ${hint}`;
}

function stepLines({
  name,
  class: planClass,
  sql,
  shards,
  operators,
  moves,
  actual,
}: ExplainedStep): string[] {
  const lines = [
    `${name} (${planClass}) on ${shards.join(', ')}: ${moves}`,
    `  ${sql.trim().replace(/\s*\n\s*/g, ' ')}`,
  ];
  for (const operator of operators) lines.push(`  then ${operator}`);
  for (const shard of actual?.shards ?? []) {
    lines.push(
      `  ${shard.name}: ${shard.rows} rows, ${shard.bytes} bytes, ${shard.totalMs.toFixed(1)} ms`,
    );
  }
  for (const done of actual?.operators ?? []) {
    lines.push(
      `  ${done.name}: ${done.rowsIn} rows in, ${done.rowsOut} out, ${done.ms.toFixed(1)} ms, ${done.peakBytes} bytes at most`,
    );
  }
  return lines;
}
