/** The floor of an EXPORT, in a child process. */
import { measure } from '../harness/measure.js';
import { openFloor } from '../peers/exasol-floor.js';
import type { ExasolRunInput } from './exasol-jobs.js';
import type { ExasolRunResult } from './exasol-run.js';

export async function run({ cluster, job }: ExasolRunInput): Promise<ExasolRunResult> {
  const floor = await openFloor(cluster, job.tunnels);
  await floor.count(cluster.block.rows);
  const { result, measurement } = await measure(() => floor.count(job.rows));
  await floor.close();
  return { ...measurement, moved: result };
}
