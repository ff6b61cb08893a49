/** Which plan a statement has, and how much of the shards it asks for. */
import { connect, type Database, UnsupportedError } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';
import { FLIGHTS, loadFlights, shardOf, TABLES } from './flights-shards.js';

const SHARDS = 3;
let servers: Awaited<ReturnType<typeof startOwnShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startOwnShards(SHARDS);
  await loadFlights(servers.urls);
  db = await connect({ shards: [...servers.urls], tables: TABLES });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

const CLASSES: readonly (readonly [planClass: string, sql: string])[] = [
  ['single', 'select * from airports'],
  ['single', 'select 1'],
  ['pruned', "select * from flights where origin = 'A7'"],
  ['pruned', "select f.id from flights f join legs l using (origin) where l.origin = 'A7'"],
  [
    'pruned',
    "select avg(c) from (select distance, count(*) c from flights where origin = 'A7' group by 1) s",
  ],
  ['local', 'select origin, count(*) from flights group by origin'],
  ['local', 'select f.id, l.n from flights f join legs l on f.origin = l.origin'],
  ['local', 'select id from flights f where exists (select from legs l where l.origin = f.origin)'],
  ['local', 'select id, rank() over (partition by origin order by delay) from flights'],
  ['local', 'select origin from flights union select origin from legs'],
  ['two-phase', 'select distance, avg(delay) from flights group by distance'],
  ['two-phase', 'select count(distinct distance) from flights'],
  [
    'two-phase',
    'select a.city, count(f.id) from airports a left join flights f on f.origin = a.code group by 1',
  ],
  ['staged', 'select id from flights where delay > (select avg(delay) from flights)'],
  [
    'staged',
    'with d as (select distance, count(*) c from flights group by 1) select max(c) from d',
  ],
  ['staged', 'select f.id, l.n from flights f join legs l on l.n = f.distance'],
  ['staged', 'select a.city, f.id from airports a left join flights f on f.origin = a.code'],
  ['staged', 'select count(*) from flights f full join airports a on f.origin = a.code'],
  [
    'local',
    'select a.city, f.id from airports a left join flights f on f.origin = a.code where f.delay > 5',
  ],
  ['pull', 'select id, sum(distance) over (order by id) from flights'],
  ['refused', 'delete from flights'],
];

describe('the class of a plan', () => {
  test.each(CLASSES)('%s: %s', async (planClass, sql) => {
    expect((await db.explain(sql)).class).toBe(planClass);
  });

  test('hangs on the values of parameters: of two keys on one shard, or on two', async () => {
    const sql = 'select count(*) from flights where origin = any($1)';
    const other = Array.from({ length: 40 }, (_, i) => `A${i}`).find(
      (origin) => shardOf(origin, SHARDS) !== shardOf('A7', SHARDS),
    );
    for (const [origins, shards] of [
      [['A7'], 1],
      [['A7', other], 2],
      [['A7'], 1],
    ] as const) {
      expect((await db.explain(sql, [origins])).shards).toHaveLength(shards);
      expect((await db.query(sql, [origins])).rows).toEqual([
        { count: String(25 * origins.length) },
      ]);
    }
  });

  test('is told with the statements of its shards, as text and as data', async () => {
    const plan = await db.explain(
      'select distance, sum(delay) from flights group by 1 order by 2 limit 3',
    );
    expect(plan.shards.map(({ name }) => name)).toEqual(['shard0', 'shard1', 'shard2']);
    expect(String(plan)).toContain('hash aggregate');
    expect(JSON.parse(JSON.stringify(plan))).toMatchObject({
      class: 'two-phase',
      steps: [{ name: 'answer' }],
    });
    const run = await db.explain('select count(*) from flights', [], { analyze: true });
    expect(run.total?.rows).toBe(1);
    expect(run.steps.at(-1)?.actual?.operators).toMatchObject([{ rowsIn: SHARDS, rowsOut: 1 }]);
  });
});

describe('rows read', () => {
  test('for the rows that an outer join keeps are one for each that has a partner, and shard', async () => {
    const sql = 'select a.code, f.id from airports a left join flights f on f.origin = a.code';
    const { steps } = await db.explain(sql, [], { analyze: true });
    const airports = Number((await db.query('select count(*) as n from airports')).rows[0]?.n);
    const [partners] = steps;
    expect(partners?.moves).toContain('array');
    for (const shard of partners?.actual?.shards ?? []) {
      expect(shard.rows).toBeLessThanOrEqual(airports);
    }
  });

  test('of ORDER BY … LIMIT are at most count and offset of each shard', async () => {
    const { rows, stats } = await db.query('select id from flights order by id limit 10 offset 5');
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, i) => i + 5));
    for (const shard of stats.shards) expect(shard.rows).toBeLessThanOrEqual(15);
  });

  test('of a pruned statement are those of its shard', async () => {
    const { stats } = await db.query("select * from flights where origin = 'A7'");
    expect(stats.shards.map(({ name }) => name)).toEqual([`shard${shardOf('A7', SHARDS)}`]);
  });

  test('are of one moment on each shard', async () => {
    const { stats } = await db.query('select count(*) from flights');
    expect(stats.snapshotSpanMs).toBeGreaterThanOrEqual(0);
  });
});

describe('what may be moved', () => {
  const PULL = 'select id, sum(distance) over (order by id) as s from flights order by 1';

  test('is limited in rows, and the error says how far it came; the next statement works', async () => {
    const small = await connect({ shards: [...servers.urls], tables: TABLES, pullMaxRows: 100 });
    try {
      const error = await failureOf<UnsupportedError>(small.query(PULL));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.message).toMatch(/rows/);
      expect((await small.query('select count(*) from flights')).rows).toEqual([
        { count: String(FLIGHTS) },
      ]);
    } finally {
      await small.close();
    }
  });

  test('is nothing without staging, and that is said with what works', async () => {
    const off = await connect({ shards: [...servers.urls], tables: TABLES, staging: false });
    try {
      const error = await failureOf<UnsupportedError>(off.query(PULL));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.hint).toContain('staging');
    } finally {
      await off.close();
    }
  });

  test('leaves nothing behind', async () => {
    expect((await db.query(PULL)).rows).toHaveLength(FLIGHTS);
    const left = await db.query(
      "select count(*) from pg_catalog.pg_class where relname like 'millrace%'",
      [],
      { mode: 'union' },
    );
    expect(left.rows).toEqual(Array.from({ length: SHARDS }, () => ({ count: '0' })));
  });
});
