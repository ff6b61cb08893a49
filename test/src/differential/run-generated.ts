/** Random statements over random schemas and numbers of shards; what differs is made small. */
import type { Cluster } from '@millrace/embedded';
import { Chooser } from './generator/chooser.js';
import { FEATURES, type Feature } from './generator/features.js';
import {
  type GeneratedStatement,
  generateStatement,
  statementOf,
} from './generator/generate-statement.js';
import type { Query } from './generator/query.js';
import { type GeneratedSchema, generateSchema } from './generator/schema.js';
import type { Placement } from './placement.js';
import { type Report, reportOf } from './report.js';
import { type Outcome, runStatement } from './run-suite.js';
import { shrink } from './shrink.js';
import { openStage, type Stage } from './stage.js';

export interface GeneratedRun {
  readonly statements: number;
  readonly seed: number;
  /** Statements over one schema. */
  readonly perSchema: number;
  readonly progress?: (done: number) => void;
}

export interface GeneratedReport extends Report {
  /** How often each feature came up in statements that the oracle answers. */
  readonly coverage: Readonly<Record<Feature, number>>;
  /** How many of them a pull answers. */
  readonly pulled: Readonly<Record<Feature, number>>;
}

const SHARD_COUNTS = [1, 2, 3, 4, 7];
const PLACEMENTS: readonly Placement[] = ['hash', 'partition', 'hash', 'gap', 'one'];
/** So many differences of one schema are made small. */
const MOST_SHRUNK = 5;

export async function runGenerated(cluster: Cluster, run: GeneratedRun): Promise<GeneratedReport> {
  const { statements, seed, perSchema } = run;
  const choose = new Chooser(seed);
  const none = (): Map<Feature, number> => new Map(FEATURES.map((feature) => [feature, 0]));
  const coverage = none();
  const pulled = none();
  const outcomes: Outcome[] = [];
  for (let stageNumber = 0; outcomes.length < statements; stageNumber++) {
    const schema = generateSchema(choose);
    const stage = await open(cluster, schema, { seed, stageNumber });
    try {
      const count = Math.min(perSchema, statements - outcomes.length);
      const name = `seed ${seed}, ${shardCount(stageNumber)} shards ${placement(stageNumber)}`;
      outcomes.push(...(await onStage(stage, { schema, choose, count, name, coverage, pulled })));
    } finally {
      await stage.close();
    }
    run.progress?.(outcomes.length);
  }
  return {
    ...reportOf(outcomes),
    coverage: Object.fromEntries(coverage) as Record<Feature, number>,
    pulled: Object.fromEntries(pulled) as Record<Feature, number>,
  };
}

const shardCount = (stage: number): number => SHARD_COUNTS[stage % SHARD_COUNTS.length] as number;
const placement = (stage: number): Placement =>
  PLACEMENTS[Math.floor(stage / 2) % PLACEMENTS.length] as Placement;

function open(
  cluster: Cluster,
  schema: GeneratedSchema,
  { seed, stageNumber }: { seed: number; stageNumber: number },
): Promise<Stage> {
  return openStage({
    server: cluster.urls[0] as string,
    name: `generated_${seed}_${stageNumber}`,
    setup: schema.setup,
    tables: schema.options,
    shards: shardCount(stageNumber),
    placement: placement(stageNumber),
    magnitude: 1e5,
    connect: { topK: stageNumber % 2 === 0 ? 'always' : 'auto' },
  });
}

interface Share {
  readonly schema: GeneratedSchema;
  readonly choose: Chooser;
  readonly count: number;
  readonly name: string;
  readonly coverage: Map<Feature, number>;
  readonly pulled: Map<Feature, number>;
}

async function onStage(stage: Stage, share: Share): Promise<Outcome[]> {
  const { schema, choose, count, name, coverage, pulled } = share;
  const outcomes: Outcome[] = [];
  let shrunk = 0;
  while (outcomes.length < count) {
    const generated = generateStatement(choose, schema);
    const statement = statementOf(generated, `${name}, ${outcomes.length + 1}`);
    const outcome = await runStatement(stage, statement).catch((cause: unknown) => {
      throw new Error(`${statement.name} cannot be judged: ${statement.sql}`, { cause });
    });
    if (outcome.planClass !== 'error') countUp(coverage, generated.features);
    if (outcome.planClass === 'pull') countUp(pulled, generated.features);
    const isSmaller = outcome.verdict === 'different' && shrunk < MOST_SHRUNK;
    if (isSmaller) shrunk++;
    outcomes.push(isSmaller ? await smallest(stage, generated, outcome) : outcome);
  }
  return outcomes;
}

function countUp(counts: Map<Feature, number>, features: readonly Feature[]): void {
  for (const feature of features) counts.set(feature, (counts.get(feature) ?? 0) + 1);
}

/** The smallest statement that differs as this one does: with an answer of the oracle's, or with an error. */
async function smallest(
  stage: Stage,
  { query, params }: GeneratedStatement,
  outcome: Outcome,
): Promise<Outcome> {
  if (typeof query === 'string') return outcome;
  let last = outcome;
  const isError = outcome.planClass === 'error';
  await shrink(query, async (smaller: Query) => {
    const statement = statementOf({ query: smaller, params }, outcome.statement.name);
    const next = await runStatement(stage, statement).catch(() => undefined);
    const isSame = next?.verdict === 'different' && (next.planClass === 'error') === isError;
    if (isSame) last = next;
    return isSame;
  });
  return last;
}
