/** A suite as a test: over each number of shards, against the oracle, with its report on the terminal. */
import type { Cluster } from '@millrace/embedded';
import { startOwnShards } from '../support/start-shards.js';
import { type Report, reportLines, reportOf } from './report.js';
import { runSuite } from './run-suite.js';
import { openStage, type StageOptions } from './stage.js';
import type { Statement } from './statement.js';

export interface SuiteOptions extends Omit<StageOptions, 'server' | 'name'> {
  readonly title: string;
  readonly statements: readonly Statement[];
}

/** A server for the databases of a suite's stages. */
export function startSuiteServer(): Promise<Cluster> {
  return startOwnShards(1, { settings: { max_connections: '200' } });
}

export async function proveSuite(cluster: Cluster, options: SuiteOptions): Promise<Report> {
  const { title, statements, shards, placement = 'hash', ...rest } = options;
  const server = cluster.urls[0] as string;
  const name = `${title}_${shards}_${placement}`.toLowerCase().replaceAll(/\W/g, '_');
  const stage = await openStage({ server, name, shards, placement, ...rest });
  try {
    const report = reportOf(await runSuite(stage, statements));
    const lines = reportLines(`${title}, ${shards} shards (${placement})`, report);
    process.stdout.write(`${lines.join('\n')}\n`);
    return report;
  } finally {
    await stage.close();
  }
}
