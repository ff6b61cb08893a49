import pg from 'pg';
import type { SqlQueryName } from '../dataset/sql-queries.js';
import type { SqlContender, SqlRow } from './sql-contender.js';

type Merge = (rows: readonly SqlRow[]) => readonly SqlRow[];

/**
 * What applications write with `pg`: `Promise.all` over the shards, then a loop and a Map. Money is added up as numbers, as
 * most would do.
 */
export const contender: SqlContender = {
  async open({ shards }) {
    const clients = shards.map((url) => new pg.Client(url));
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(clients.map((client) => client.query('select 1')));
    return {
      async answer({ name, partial }) {
        const query = { text: partial, rowMode: 'array' } as const;
        const results = await Promise.all(clients.map((client) => client.query<unknown[]>(query)));
        const rows = merges[name](results.flatMap((result) => result.rows));
        return { rows, rowCount: rows.length };
      },
      async close() {
        await Promise.all(clients.map((client) => client.end()));
      },
    };
  },
};

const merges: Readonly<Record<SqlQueryName, Merge>> = {
  regions: (rows) =>
    grouped(rows, [add, add, add]).map(([region, count, sum, values]) => [
      region,
      count,
      Number(values) === 0 ? null : Number(sum) / Number(values),
    ]),
  products: (rows) => grouped(rows, [add, add, least, greatest]),
  count: (rows) => reduced(rows, [add]),
  totals: (rows) =>
    reduced(rows, [add, add, add, least, greatest]).map(([count, amount, duration, from, to]) => [
      count,
      amount,
      Number(duration) / Number(count),
      from,
      to,
    ]),
  top: (rows) => latest(rows).slice(0, 100),
  page: (rows) => latest(rows).slice(900, 1000),
};

type Combine = (left: unknown, right: unknown) => unknown;

function grouped(rows: readonly SqlRow[], combines: readonly Combine[]): SqlRow[] {
  const groups = new Map<unknown, unknown[]>();
  for (const row of rows) {
    const group = groups.get(row[0]);
    if (group === undefined) groups.set(row[0], [...row]);
    else {
      for (const [index, combine] of combines.entries())
        group[index + 1] = combine(group[index + 1], row[index + 1]);
    }
  }
  return [...groups.values()];
}

function reduced(rows: readonly SqlRow[], combines: readonly Combine[]): SqlRow[] {
  const same = rows.map((row) => [0, ...row]);
  return grouped(same, combines).map((row) => row.slice(1));
}

function latest(rows: readonly SqlRow[]): SqlRow[] {
  return rows.toSorted(
    (left, right) => Number(right[3]) - Number(left[3]) || Number(left[0]) - Number(right[0]),
  );
}

function add(left: unknown, right: unknown): unknown {
  if (left === null || right === null) return left ?? right;
  return Number(left) + Number(right);
}

function least(left: unknown, right: unknown): unknown {
  if (left === null || right === null) return left ?? right;
  return Number(left) <= Number(right) ? left : right;
}

function greatest(left: unknown, right: unknown): unknown {
  if (left === null || right === null) return left ?? right;
  return Number(left) >= Number(right) ? left : right;
}
