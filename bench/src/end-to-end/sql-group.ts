import type { Machine } from '../harness/machine.js';
import type { BenchOptions } from '../options.js';
import type { GroupReport } from '../report/group-report.js';
import { sqlBars, sqlText } from '../report/sql-text.js';
import { runSql } from './sql.js';

/** Plain SQL over all shards as over one database, against those who do it otherwise. */
export async function sqlGroup(
  options: BenchOptions,
  _machine: Machine,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<GroupReport> {
  const result = await runSql(options, log, signal);
  const { setting, notes, runs, pruned, plans, failures } = result;
  return {
    group: 'sql',
    lines: sqlText(result),
    bars: sqlBars(result),
    failures,
    figures: {
      ...setting,
      notes,
      pruned,
      plans,
      rounds: Object.entries(runs).flatMap(([query, outcomes]) =>
        outcomes.map(({ round, contender, outcome }) => ({
          query,
          round: round + 1,
          contender,
          ...outcome,
        })),
      ),
    },
  };
}
