import type { Machine } from '../harness/machine.js';
import type { BenchOptions } from '../options.js';
import { exasolBars, exasolText } from '../report/exasol-text.js';
import type { GroupReport } from '../report/group-report.js';
import { runExasol } from './exasol.js';

/** Rows to and from a simulated Exasol, against a floor and against pyexasol. */
export async function exasolGroup(
  options: BenchOptions,
  _machine: Machine,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<GroupReport> {
  const result = await runExasol(options, log, signal);
  const { rows, bytes, nodes, notes, races, memory, setups } = result;
  return {
    group: 'exasol',
    lines: exasolText(result),
    bars: exasolBars(result),
    // A result that is not right ends the run.
    failures: [],
    figures: {
      rows,
      bytes,
      nodes,
      notes,
      setups,
      rounds: races.flatMap(({ race, runs }) =>
        runs.map(({ round, contender, outcome }) => ({
          race: race.name,
          round: round + 1,
          contender,
          ...outcome,
        })),
      ),
      memory: memory.flatMap(({ end, runs }) =>
        runs.map(({ round, contender, outcome }) => ({
          end,
          round: round + 1,
          volume: contender,
          ...outcome,
        })),
      ),
    },
  };
}
