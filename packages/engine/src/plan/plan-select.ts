/**
 * Plans one SELECT: binds its names, finds out where its rows are, and settles on the first way that answers it. What stands in the
 * way is computed first and put in its place, until nothing does.
 */
import type { SelectStmt } from '../sql/tree.js';
import { bind } from './binder/bind.js';
import { BindError } from './binder/block.js';
import type { DistributedPlan, PlannedStep, Stage } from './distributed-plan.js';
import { emit } from './emit.js';
import type { DescribedColumn, PlanContext } from './plan-context.js';
import { repair } from './rules/repair.js';
import { settle } from './rules/settle.js';
import type { Settled } from './rules/settled.js';
import { describeSelect } from './rules/shard-select.js';
import type { StageKind, StageMaker } from './rules/stage-kind.js';
import { fromTable, isRecord, stageColumn } from './rules/stage-rows.js';
import { Obstacle } from './spread/obstacle.js';

/** A statement has so many obstacles at most. */
const MOST_ROUNDS = 200;

/** Plans a SELECT. `text`: its own text, for servers that can answer it as it stands. */
export async function planSelect(
  select: SelectStmt,
  context: PlanContext,
  text?: string,
): Promise<DistributedPlan> {
  const stages = new Stages(context);
  const proof: string[] = [];
  let tree = select;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const binding = bind(tree, context.table);
    const parts = { binding, context, stage: stages };
    try {
      const settled = await settle({ ...parts, text: tree === select ? text : undefined });
      proof.push(settled.proof);
      if (settled.kind === 'step') return stages.plan(settled, tree, proof);
      tree = settled.select;
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      proof.push(error.message);
      const note = (reason: string): void => void proof.push(reason);
      tree = await repair(tree, error.repair, { ...parts, note });
    }
  }
  throw new Error(`A statement is not planned after ${MOST_ROUNDS} rounds`);
}

/** The stages of a plan as they are found to be needed. */
class Stages implements StageMaker {
  readonly #context: PlanContext;
  readonly #stages: Stage[] = [];
  readonly #kinds = new Set<StageKind>();
  /** The stages that bring rows of tables together. */
  readonly #rows = new Set<number>();

  constructor(context: PlanContext) {
    this.#context = context;
  }

  readonly step = (
    step: PlannedStep,
    columns: readonly DescribedColumn[],
    what: StageKind,
  ): number => {
    if (columns.some(isRecord)) throw new BindError('rows of no declared type');
    const planClass = what === 'groups' ? 'two-phase' : 'local';
    return this.#add({ class: planClass, proof: [], stages: [], step }, columns, what);
  };

  readonly select = async (
    select: SelectStmt,
    what: StageKind,
  ): Promise<{ readonly id: number; readonly columns: readonly DescribedColumn[] }> => {
    const columns = await describeSelect(select, this.#context);
    if (columns.some(isRecord)) throw new BindError('rows of no declared type');
    const plan = await planSelect(select, this.#context);
    return { id: this.#add(plan, columns, what), columns };
  };

  /** The plan whose last step is this one: it answers `tree`. */
  plan(
    { class: planClass, step }: Extract<Settled, { kind: 'step' }>,
    tree: SelectStmt,
    proof: readonly string[],
  ): DistributedPlan {
    const kinds = this.#kinds;
    if (step.shards === 'any' && (kinds.has('rows') || kinds.has('members'))) {
      return this.#pull(tree, proof);
    }
    const staged = kinds.has('rows') || kinds.has('members') || kinds.has('answer');
    const moved = staged ? 'staged' : kinds.has('groups') ? 'two-phase' : planClass;
    // What stood for something that is answered in another way by now is not computed.
    const taken = new Set([
      ...takenBy(step),
      ...this.#stages.flatMap(({ plan }) => stagesTakenBy(plan)),
    ]);
    const stages = this.#stages.filter(({ id }) => taken.has(id));
    return { class: moved, proof, stages, step };
  }

  /** Rows of tables come together on one server: in temporary tables, however many they are. */
  #pull(tree: SelectStmt, proof: readonly string[]): DistributedPlan {
    let written = tree;
    // What other stages take has to be arrays: they run on shards.
    const taken = new Set(this.#stages.flatMap(({ plan }) => stagesTakenBy(plan)));
    const stages = this.#stages.map((stage): Stage => {
      const { stages: earlier, step } = stage.plan;
      const plain = step.merge === undefined && step.shards !== 'any' && earlier.length === 0;
      if (!this.#rows.has(stage.id) || taken.has(stage.id) || !plain) return stage;
      written = fromTable(written, stage.id, this.#context);
      return { ...stage, transport: 'table' };
    });
    const step = { shards: 'any' as const, ...emit(written, this.#context.emit), merge: undefined };
    const kinds = this.#kinds;
    const planClass = kinds.has('rows') ? 'pull' : kinds.has('answer') ? 'staged' : 'two-phase';
    return { class: planClass, proof, stages, step };
  }

  #add(plan: DistributedPlan, columns: readonly DescribedColumn[], what: StageKind): number {
    const id = this.#context.nextStage++;
    this.#stages.push({ id, plan, columns: columns.map(stageColumn), transport: 'arrays' });
    this.#kinds.add(what);
    if (what === 'rows' || what === 'members') this.#rows.add(id);
    return id;
  }
}

/** The stages whose rows a plan takes as parameters. */
function stagesTakenBy({ stages, step }: DistributedPlan): number[] {
  return [...takenBy(step), ...stages.flatMap(({ plan }) => stagesTakenBy(plan))];
}

function takenBy({ parameters }: PlannedStep): number[] {
  return parameters.flatMap((source) => (source.kind === 'stage' ? [source.stage] : []));
}
