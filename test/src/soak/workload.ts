/** Statements of many kinds, each of which knows whether its answer is right. */
import type { Database } from '@millrace/engine';
import type { Seed } from '../support/seed.js';

type Options = NonNullable<Parameters<Database['query']>[2]>;

/** One statement, to its end. @throws Error when its answer is wrong, and what the engine throws */
export type Work = (db: Database, options: Options) => Promise<void>;

export interface WorkloadOptions {
  readonly shardCount: number;
  readonly random: Seed;
}

function check(right: boolean, what: string): void {
  if (!right) throw new WrongAnswerError(what);
}

export class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError';
}

/** The next statement: mostly small ones, as in life. */
export function nextWork({ shardCount, random }: WorkloadOptions): Work {
  const tag = random.below(1_000_000_000);
  const works: readonly [weight: number, work: Work][] = [
    [40, oneRow(tag, shardCount)],
    [15, manyRows(tag, random.below(3_000), shardCount)],
    [10, textOfItsOwn(tag, shardCount)],
    [8, stream(tag, 1 + random.below(4))],
    [4, largeRows(tag, shardCount)],
    [8, traces(tag, random.below(5))],
    [5, writes(tag, shardCount)],
    [8, fails(random.below(3))],
    [2, endsItsSession],
  ];
  let at = random.below(works.reduce((sum, [weight]) => sum + weight, 0));
  const [, work] = works.find(([weight]) => {
    at -= weight;
    return at < 0;
  }) as (typeof works)[number];
  return work;
}

const oneRow =
  (tag: number, shardCount: number): Work =>
  async (db, options) => {
    const sql = `select $1::int as tag, current_setting('search_path') as path`;
    const { rows } = await db.query<{ tag: number; path: string }>(sql, [tag], options);
    const right = rows.every((row) => row.tag === tag && row.path === '"$user", public');
    check(rows.length === shardCount && right, 'one row');
  };

const manyRows =
  (tag: number, count: number, shardCount: number): Work =>
  async (db, options) => {
    const sql = 'select $1::int as tag, i, i::text as t from generate_series(1, $2::int) i';
    const { rows } = await db.query<{ tag: number; t: string }>(sql, [tag, count], options);
    const right = rows.every((row, i) => row.tag === tag && row.t === String((i % count) + 1));
    check(rows.length === shardCount * count && right, 'many rows');
  };

/** No two have the same text: what remembers statements must forget some. */
const textOfItsOwn =
  (tag: number, shardCount: number): Work =>
  async (db, options) => {
    const sql = `select ${tag} as tag`;
    for (let time = 0; time < 2; time++) {
      const { rows } = await db.query<{ tag: number }>(sql, [], options);
      check(rows.length === shardCount && rows.every((row) => row.tag === tag), 'own text');
    }
  };

const stream =
  (tag: number, batches: number): Work =>
  async (db, options) => {
    let seen = 0;
    const sql = `select ${tag} as tag, repeat('x', 200) as x from generate_series(1, 20000)`;
    for await (const batch of db.stream(sql, [], options)) {
      const tags = batch.vectors[0];
      check(tags?.at(0) === tag && tags.at(batch.rowCount - 1) === tag, 'stream');
      if (++seen === batches) break;
    }
  };

const largeRows =
  (tag: number, shardCount: number): Work =>
  async (db, options) => {
    const sql = `select $1::int as tag, repeat('y', 300000) as y from generate_series(1, 5)`;
    const { rows } = await db.query<{ tag: number; y: string }>(sql, [tag], options);
    const right = rows.every((row) => row.tag === tag && row.y.length === 300_000);
    check(rows.length === 5 * shardCount && right, 'large rows');
  };

/** What must not outlive its statement. */
const traces =
  (tag: number, kind: number): Work =>
  async (db, options) => {
    const sql = [
      'set search_path to nowhere',
      `select set_config('my.tag', '${tag}', false)`,
      `select pg_advisory_lock_shared(${tag})`,
      'create temp table leftover (n int)',
      'listen news',
    ][kind] as string;
    await db.query(sql, [], options);
  };

const writes =
  (tag: number, shardCount: number): Work =>
  async (db, options) => {
    const { rowCount } = await db.query('insert into journal values ($1)', [tag], options);
    check(rowCount === shardCount, 'a write');
  };

const fails =
  (kind: number): Work =>
  async (db, options) => {
    const sql = ['select 1 / 0', 'no statement', 'select * from no_such_table'][kind] as string;
    const failed = await db.query(sql, [], options).then(
      () => false,
      (error: Error) => {
        if (error.name !== 'SqlError') throw error;
        return true;
      },
    );
    check(failed, 'a failure');
  };

const endsItsSession: Work = async (db, options) => {
  await db.query('select pg_terminate_backend(pg_backend_pid())', [], options);
};
