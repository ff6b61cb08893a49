/** The first groups by an aggregate, where every group may have rows on every shard: which rounds it takes, and that they change nothing. */
import type { Cluster } from '@millrace/embedded';
import type { Explanation } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSuiteServer } from '../differential/prove-suite.js';
import { runStatement } from '../differential/run-suite.js';
import { openStage, type Stage } from '../differential/stage.js';
import { type Seed, testSeed } from '../support/seed.js';

const seed = testSeed();
let cluster: Cluster;
let stages = 0;

beforeAll(async () => {
  cluster = await startSuiteServer();
});
afterAll(() => cluster?.stop());

/** Rows `(shard, g, x)`, each on the shard it says. */
async function stageOf(rows: string, shards: number, topK: 'auto' | 'always'): Promise<Stage> {
  return openStage({
    server: cluster.urls[0] as string,
    name: `top_groups_${stages++}`,
    setup: `create table part (shard int, g int, h text, x numeric);
      insert into part (shard, g, h, x) ${rows}; analyze part`,
    tables: { part: { key: 'shard', by: { list: listOf(shards) } } },
    shards,
    placement: 'list',
    connect: { topK },
  });
}

const listOf = (shards: number): number[][] => Array.from({ length: shards }, (_, i) => [i]);

/** Rows that each round brought from the shards. */
function rowsOf(plan: Explanation): number[] {
  return plan.steps.map(({ actual }) =>
    (actual?.shards ?? []).reduce((sum, { rows }) => sum + rows, 0),
  );
}

async function proven(stage: Stage, sql: string): Promise<number[]> {
  const outcome = await runStatement(stage, { name: sql, sql });
  expect(outcome).toMatchObject({ verdict: 'equal' });
  return rowsOf(await stage.db.explain(sql, [], { analyze: true }));
}

/** On each of three shards three groups of ten rows that no other shard has, one of eight that each has, and many of one row. */
const ADVERSE = `select s, s * 3 + i % 3, 'h', 1 from generate_series(0, 2) s, generate_series(1, 30) i
  union all select s, 99, 'h', 1 from generate_series(0, 2) s, generate_series(1, 8)
  union all select s, 1000 + s * 1000 + i, 'h', 1 from generate_series(0, 2) s, generate_series(1, 50) i`;

describe('rounds', () => {
  test('find a winner that is in no list of a shard', async () => {
    const stage = await stageOf(ADVERSE, 3, 'always');
    try {
      for (const sum of ['count(*)', 'sum(x)', 'sum(x - 0.5)']) {
        const sql = `select g, ${sum} from part group by g order by 2 desc limit 1`;
        const [lists, verdict, above, answer] = await proven(stage, sql);
        // A shard's list is full of groups of its own. Above a third of the threshold are these, and the winner on each.
        expect([lists, verdict, above, answer]).toEqual([9, 1, 12, 12]);
      }
    } finally {
      await stage.close();
    }
  });

  test('end with the lists where nothing else can be among the first', async () => {
    const stage = await stageOf(
      `${ADVERSE} union all select s, 7, 'h', 1 from generate_series(0, 2) s, generate_series(1, 100)`,
      3,
      'always',
    );
    try {
      const sql = 'select g, count(*), max(h) from part group by g order by 2 desc limit 1';
      expect(await proven(stage, sql)).toEqual([9, 1, 0, 3]);
    } finally {
      await stage.close();
    }
  });
});

/** On every shard two large groups and many small ones; on the first one another, of no value at all. */
const VALUELESS = `select s, g, 'h', 100 from generate_series(0, 2) s, generate_series(1, 2) g
  union all select s, 1000 + s * 1000 + i, 'h', 1 from generate_series(0, 2) s, generate_series(1, 150) i
  union all select 0, 99, 'h', null`;

/** The group that is best on the first shard is far below all others on the second. */
const DECEPTIVE = `select 0, 1, 'h', 10 union all select 1, 1, 'h', -100
  union all select s, 2, 'h', 3 from generate_series(0, 2) s
  union all select s, 10 + s, 'h', 1 from generate_series(0, 2) s`;

describe('bounds', () => {
  test('leave in a group whose value is NULL, where NULL comes first', async () => {
    const stage = await stageOf(VALUELESS, 3, 'always');
    try {
      for (const call of ['sum(x) desc', 'max(x) desc, g', 'max(x) desc', 'min(x) nulls first']) {
        const sql = `select g, ${call.split(' ')[0]} from part group by g order by ${call} limit 2`;
        const [, verdict, ...later] = await proven(stage, sql);
        if (call.startsWith('min')) continue;
        expect(verdict).toBe(3);
        expect(later.at(-1)).toBe(7);
      }
    } finally {
      await stage.close();
    }
  });

  test('count with values below zero that a shard has not named', async () => {
    const stage = await stageOf(DECEPTIVE, 3, 'always');
    try {
      await proven(stage, 'select g, sum(x) from part group by g order by 2 desc limit 1');
    } finally {
      await stage.close();
    }
  });
});

/** Values of every kind: small, of both signs, missing, and those that are not numbers. */
const VALUES = [
  '1',
  '(random() * 100)::int',
  '(random() * 100 - 20)::int',
  'case when random() < 0.3 then null else (random() * 50)::int end',
  `case when random() < 0.01 then 'NaN' else (random() * 9)::numeric(5, 2) end`,
  `case when random() < 0.01 then '-Infinity' when random() < 0.02 then 'Infinity' else random()::numeric end`,
];
/** Groups: all alike, a few large ones, and some that are a shard's own. */
const GROUPS = [
  '(random() * 60)::int',
  'floor(exp(random() * 5))::int',
  'case when random() < 0.5 then s * 10 + (random() * 3)::int else (random() * 80)::int end',
  'nullif((random() * 30)::int, 3)',
];
const RANKED = [
  'count(*)',
  'count(x)',
  'sum(x)',
  'max(x)',
  'sum(g)',
  'count(*) filter (where x > 20)',
];

function randomStatement({ below }: Seed): string {
  const by = below(5) === 0 ? 'min(x)' : (RANKED[below(RANKED.length)] as string);
  const keys = below(3) === 0 ? 'g, h' : 'g';
  const direction = by === 'min(x)' ? 'asc' : 'desc';
  const nulls = ['', ' nulls first', ' nulls last'][below(3)];
  const order = `${by} ${direction}${nulls}${below(2) === 0 ? '' : `, ${keys}`}`;
  const count = 1 + below(12);
  const limit =
    below(4) === 0
      ? `fetch first ${count} rows with ties`
      : `limit ${count}${below(3) === 0 ? ` offset ${below(8)}` : ''}`;
  return `select ${keys}, ${by}, count(*), sum(x), min(h) from part group by ${keys} order by ${order} ${limit}`;
}

test.each(Array.from({ length: 6 }, (_, i) => i))(
  `random groups over random shards are those of one database (seed ${seed.seed}, %i)`,
  async () => {
    const { below } = seed;
    const shards = 2 + below(4);
    const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
    const [value, group] = [pick(VALUES), pick(GROUPS)];
    const rows = `select s, ${group}, chr(97 + (random() * 3)::int), ${value}
      from (select setseed(${below(1000) / 1000})) z, generate_series(1, 600) i,
        lateral (select (random() * ${shards - 1} + i * 0)::int as s offset 0) p`;
    const stage = await stageOf(rows, shards, 'always');
    try {
      for (let i = 0; i < 25; i++) {
        const sql = randomStatement(seed);
        const outcome = await runStatement(stage, {
          name: `${group}; ${value}`,
          sql,
          free: ['scale'],
        });
        expect(outcome).toMatchObject({ verdict: 'equal' });
      }
    } finally {
      await stage.close();
    }
  },
  60_000,
);

describe('by the statistics', () => {
  let stage: Stage;
  beforeAll(async () => {
    // Of the columns one has twenty large groups among 80,000, of the other each group has four rows.
    const rows = `select i % 2, case when i % 5 = 0 then i / 5 % 20 else 20 + i / 2 end, 'u' || i / 2, i
      from generate_series(0, 499999) i`;
    stage = await stageOf(rows, 2, 'auto');
  }, 60_000);
  afterAll(() => stage?.close());

  const DECISIONS: readonly (readonly [candidates: boolean, why: RegExp, sql: string])[] = [
    [true, /for 5/, 'select g, count(*) from part group by g order by 2 desc, 1 limit 5'],
    [
      true,
      /for 5/,
      'select g, sum(x) from part where x >= 0 group by g order by 2 desc nulls last, 1 limit 3 offset 2',
    ],
    [true, /for 5/, 'select h, max(x) from part group by h order by 2 desc nulls last, 1 limit 5'],
    [
      false,
      /larger than others/,
      'select h, count(*) from part group by h order by 2 desc, 1 limit 5',
    ],
    [
      false,
      /larger than others/,
      'select g, count(*) from part group by g order by 2 desc, 1 limit 50',
    ],
    [
      false,
      /too few/,
      'select g, count(*) from part where x < 90 group by g order by 2 desc, 1 limit 5',
    ],
    [
      false,
      /no statistics/,
      'select g % 7, count(*) from part group by 1 order by 2 desc, 1 limit 5',
    ],
    [
      false,
      /equal by the aggregate/,
      'select h, max(shard) from part group by h order by 2 desc, 1 limit 5',
    ],
  ];

  test.each(DECISIONS)('candidates are named first: %s, %s: %s', async (candidates, why, sql) => {
    const plan = await stage.db.explain(sql);
    const reason = plan.proof.join();
    expect(reason).toContain(
      candidates ? 'only groups that may be among the first' : 'all groups are merged (',
    );
    expect(reason).toMatch(why);
    const rows = await proven(stage, sql);
    expect(rows).toHaveLength(candidates ? plan.steps.length : 1);
    if (candidates) expect(rows.at(-1)).toBeLessThan(20_000);
  });
});
