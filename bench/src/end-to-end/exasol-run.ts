/** One call of Millrace's, in a child process. */
import { type Measurement, measure } from '../harness/measure.js';
import { connectFast, prepare } from '../ours/exasol.js';
import type { ExasolMoved, ExasolRunInput } from './exasol-jobs.js';

/** What the child reports. */
export interface ExasolRunResult extends Measurement {
  readonly moved: ExasolMoved;
}

export async function run({ cluster, job }: ExasolRunInput): Promise<ExasolRunResult> {
  const exa = await connectFast(cluster);
  // Threads start with the first call: like the connection, they are there before the clock starts.
  const to = new URL('../ours/exasol-drop.js', import.meta.url);
  await exa.exportParallel({ from: `rows_${cluster.block.rows}`, to, workers: job.tunnels });
  const call = await prepare(exa, cluster, job);
  const { result, measurement } = await measure(call);
  await exa.close();
  return { ...measurement, moved: result };
}
