import { type SqlQueryName, sqlQueries } from '../dataset/sql-queries.js';
import type { SqlOutcome, SqlResult } from '../end-to-end/sql.js';
import { median, medianOf, pairedRatios } from '../harness/statistics.js';
import { atLeast, atMost, type Bar } from './bar.js';
import { number, textTable } from './text-table.js';

/** Below this the time of starting a statement says more than that of merging. */
const aggregateFromMs = 200;

const wall = (outcome: SqlOutcome): number => outcome.wallMs;

/** The tables of the SQL case, for people. */
export function sqlText(result: SqlResult): string[] {
  const { rows, shards, serverVersion, servers } = result.setting;
  return [
    `sql: one database over ${shards} shards × ${rows} rows; PostgreSQL ${serverVersion}, ${servers}`,
    ...result.notes,
    '',
    ...textTable(
      ['wall ms', ...result.contenders],
      sqlQueries.map(({ name }) => [
        name,
        ...result.contenders.map((contender) => number(wallMs(result, name, contender))),
      ]),
    ),
    '',
    ...ratioTable(result),
    '',
    ...smallTimes(result),
  ];
}

/** The bars that the contenders present, and the times they took, allow to judge. */
export function sqlBars(result: SqlResult): Bar[] {
  const bars = sqlQueries.flatMap(({ name, regroups, mostShardRows }): Bar[] => {
    if (mostShardRows !== undefined) {
      const most = mostRows(result, name);
      return [atMost(`${name}: rows read from a shard`, most, mostShardRows, ' rows')];
    }
    const slow = wallMs(result, name, 'millrace') >= aggregateFromMs;
    const overFloor = ratio(result, name, ['millrace', 'floor']);
    const faster = ratio(result, name, ['postgres_fdw', 'millrace']);
    return [
      ...(slow ? [atMost(`${name}: wall over the floor`, overFloor, 1.15, '×')] : []),
      ...(regroups ? [atLeast(`${name}: faster than postgres_fdw`, faster, 3, '×')] : []),
    ];
  });
  const { pruned, plans } = result;
  return [
    ...bars,
    atMost('pruned to one shard, over pg', medianDifference(pruned), 0.3, ' ms'),
    atMost('plan, warm', median(plans.map((plan) => plan.warmMs)), 1, ' ms'),
    atMost('plan, cold', median(plans.map((plan) => plan.coldMs)), 5, ' ms'),
  ].filter((bar) => Number.isFinite(bar.value));
}

function ratioTable(result: SqlResult): string[] {
  const detail = (name: SqlQueryName, metric: (outcome: SqlOutcome) => number): string =>
    number(medianOf(result.runs[name] ?? [], 'millrace', metric));
  return textTable(
    [
      'millrace',
      'to floor',
      'to single',
      'pg-merge to it',
      'fdw to it',
      'merge ms',
      'plan ms',
      'rows a shard',
    ],
    sqlQueries.map(({ name }) => [
      name,
      `${number(ratio(result, name, ['millrace', 'floor']))}×`,
      `${number(ratio(result, name, ['millrace', 'single']))}×`,
      `${number(ratio(result, name, ['pg-merge', 'millrace']))}×`,
      `${number(ratio(result, name, ['postgres_fdw', 'millrace']))}×`,
      detail(name, ({ details }) => details.mergeMs ?? Number.NaN),
      detail(name, ({ details }) => details.planMs ?? Number.NaN),
      number(mostRows(result, name)),
    ]),
  );
}

function smallTimes({ pruned, plans }: SqlResult): string[] {
  const of = <Item>(items: readonly Item[], metric: (item: Item) => number): string =>
    number(median(items.map(metric)));
  return textTable(
    ['one shard, and planning', 'ms'],
    [
      ['pruned: millrace', of(pruned, ({ oursMs }) => oursMs)],
      ['pruned: pg, that shard', of(pruned, ({ pgMs }) => pgMs)],
      ['pruned: median difference', number(medianDifference(pruned))],
      ['plan: first statement after connecting', of(plans, ({ coldMs }) => coldMs)],
      ['plan: a new text later', of(plans, ({ newTextMs }) => newTextMs)],
      ['plan: a text known', of(plans, ({ warmMs }) => warmMs)],
    ],
  );
}

function medianDifference(pruned: SqlResult['pruned']): number {
  return median(pruned.map(({ differenceMs }) => differenceMs));
}

function wallMs({ runs }: SqlResult, name: SqlQueryName, contender: string): number {
  return medianOf(runs[name] ?? [], contender, wall);
}

/** The median of the pairs: how many times the first takes what the second takes. */
function ratio(
  { runs }: SqlResult,
  name: SqlQueryName,
  [first, second]: readonly [string, string],
): number {
  return median(pairedRatios(runs[name] ?? [], first, second, wall));
}

/** The most rows that any shard sent us, in any round. */
function mostRows({ runs }: SqlResult, name: SqlQueryName): number {
  const rows = (runs[name] ?? []).flatMap(({ outcome }) => outcome.details.shardRows ?? []);
  return rows.length === 0 ? Number.NaN : Math.max(...rows);
}
