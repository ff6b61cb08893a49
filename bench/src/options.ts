import { parseArgs } from 'node:util';

/** The benchmarks there are. */
export const groupNames = [
  'gather',
  'latency',
  'many-shards',
  'sql',
  'top-groups',
  'exasol',
  'micro',
] as const;

/** One of the benchmarks. */
export type GroupName = (typeof groupNames)[number];

/** What the command line asked for. */
export interface BenchOptions {
  readonly groups: readonly GroupName[];
  /** Rows on each shard, of the cases gather, sql and top-groups; on each node, of exasol. */
  readonly rows: number;
  readonly shards: number;
  readonly rounds: number;
  /** Names of contenders, of races, or of micro benches; all when empty. */
  readonly only: readonly string[];
  /** Small and quick: to see that everything runs, not to measure. */
  readonly small: boolean;
  /** Whether a missed bar makes the exit code 1. */
  readonly strict: boolean;
  /** How long one run in a child process may take. */
  readonly timeoutMs: number;
  readonly json: string | undefined;
  readonly svg: string | undefined;
  readonly html: string | undefined;
}

/** The command line was not understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How the command is used. */
export const usage = `npm run bench -- [gather] [latency] [many-shards] [sql] [top-groups] [exasol] [micro] [options]

  --rows N        rows on each shard (gather, sql, top-groups), or node (exasol); default 1000000
  --shards N      shards (gather, top-groups), or nodes (exasol); default 4
  --rounds N      rounds, each contender once a round (default 5)
  --only a,b      only these contenders, or races (exasol)
  --small         20000 rows, 2 rounds: to see that it runs
  --strict        exit with 1 when a bar is missed, too
  --timeout S     seconds that one run may take (default 300)
  --json FILE     every round, medians, ratios and the machine
  --svg FILE      the chart of the gather case
  --html FILE     the chart and the tables as a page

MILLRACE_SHARDS=url,url,… uses these servers in place of embedded ones.
MILLRACE_PYEXASOL=folder names the source of pyexasol, which python3 runs beside us (exasol).`;

/** Reads the command line. @throws UsageError */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args);
  const small = values.small === true;
  return {
    groups: positionals.length === 0 ? ['gather'] : positionals.map(groupName),
    rows: whole('rows', values.rows, small ? 20_000 : 1_000_000),
    shards: whole('shards', values.shards, 4),
    rounds: whole('rounds', values.rounds, small ? 2 : 5),
    only: values.only === undefined ? [] : values.only.split(','),
    small,
    strict: values.strict === true,
    timeoutMs: whole('timeout', values.timeout, 300) * 1000,
    json: values.json,
    svg: values.svg,
    html: values.html,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((argument) => argument !== '--'),
      allowPositionals: true,
      options: {
        rows: { type: 'string' },
        shards: { type: 'string' },
        rounds: { type: 'string' },
        only: { type: 'string' },
        small: { type: 'boolean' },
        strict: { type: 'boolean' },
        timeout: { type: 'string' },
        json: { type: 'string' },
        svg: { type: 'string' },
        html: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function groupName(text: string): GroupName {
  const name = groupNames.find((known) => known === text);
  if (name === undefined) throw new UsageError(`there is no benchmark ${text}`);
  return name;
}

function whole(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${name} takes a whole number from 1 on`);
  return value;
}
