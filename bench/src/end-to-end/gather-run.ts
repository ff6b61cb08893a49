/** One run of one contender of the gather case, in a child process. */
import { type Measurement, measure } from '../harness/measure.js';
import type { Contender, Gathered, Purpose, Target } from '../peers/contender.js';

/** What the child is told. */
export interface GatherRunInput {
  readonly module: string;
  readonly target: Target;
  readonly purpose: Purpose;
}

/** What the child reports. */
export interface GatherRunResult extends Measurement {
  /** From the call to connect until every shard has answered a statement. */
  readonly connectMs: number;
  readonly gathered: Gathered;
}

export async function run(input: GatherRunInput): Promise<GatherRunResult> {
  const { contender } = (await import(input.module)) as { contender: Contender };
  const start = performance.now();
  const session = await contender.open(input.target);
  const connectMs = performance.now() - start;
  const { result, measurement } = await measure(() => session.gather(input.purpose));
  await session.close();
  return { ...measurement, connectMs, gathered: result };
}
