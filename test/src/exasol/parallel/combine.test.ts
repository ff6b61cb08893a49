/** Rows of PostgreSQL's shards and of Exasol as one answer; PostgreSQL over all rows is the oracle. */

import type { Worker } from 'node:worker_threads';
import {
  type Batch,
  type CombineOptions,
  combineStreams,
  connect,
  type Database,
  type ExasolConnection,
  type Vector,
} from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, askAll, askArrays } from '../../support/ask.js';
import { eventually } from '../../support/eventually.js';
import { startShards } from '../../support/start-shards.js';
import { crash, livingThreads } from '../../support/threads.js';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

const SHARDS = 2;
const COLUMNS = 'id, region, n, amount, total, day';
/** Rows from one number to another; some values are NULL, some negative, some above 2^53. */
const rows = (from: number, to: number): string => `
  select i as id, case when i % 11 = 0 then null else 'r' || i % 7 || case when i % 3 = 0 then 'Ä' else 'a' end end as region,
    (i * 7919 % 1000 - 500)::int4 as n,
    case when i % 5 = 0 then null else (9007199254740993 - i * 1000000007) * (1 - i % 2 * 2) end as amount,
    ((i % 2001 - 1000) / 8.0)::numeric(18,3) as total, date '2026-01-01' + (i % 400)::int4 as day
  from generate_series(${from}::int8, ${to}) i`;
const SHARD_ROWS = 12_000;
const ARCHIVE_ROWS = 15_000;
const LAST = SHARDS * SHARD_ROWS + ARCHIVE_ROWS;

let drive: ParallelDrive;
let shards: Awaited<ReturnType<typeof startShards>>;
let db: Database;
let exa: ExasolConnection;

beforeAll(async () => {
  [drive, shards] = await Promise.all([startDrive(), startShards(SHARDS)]);
  await Promise.all(
    shards.urls.map((url, i) =>
      ask(url, `create table sales as ${rows(i * SHARD_ROWS + 1, (i + 1) * SHARD_ROWS)}`),
    ),
  );
  await ask(shards.urls[0] as string, `create table oracle as ${rows(1, LAST)}`);
  db = await connect({ shards: shards.urls, tables: { sales: { key: 'id' } }, batchRows: 1_000 });
  exa = await drive.connect();
  await exa.execute(
    `CREATE TABLE drive.archive (id DECIMAL(18,0), region VARCHAR(100), n DECIMAL(9,0), amount DECIMAL(18,0),
       total DECIMAL(18,3), day DATE)`,
  );
  await drive.cluster.query(`insert into drive.archive ${rows(SHARDS * SHARD_ROWS + 1, LAST)}`);
});

afterAll(async () => {
  await db?.close();
  await drive?.close();
  await shards?.stop();
});

const DAY_MS = 86_400_000;

/** A value as PostgreSQL writes it. */
function text(vector: Vector, row: number): string | null {
  const value = vector.at(row);
  if (value === null) return null;
  if (vector.type.kind !== 'date') return String(value);
  return new Date(Number(value) * DAY_MS).toISOString().slice(0, 10);
}

async function collect(stream: ReturnType<typeof combineStreams>): Promise<(string | null)[][]> {
  const found: (string | null)[][] = [];
  for await (const { vectors, rowCount } of stream) {
    for (let row = 0; row < rowCount; row++) {
      found.push(vectors.map((vector) => text(vector, row)));
    }
  }
  return found;
}

async function kept(stream: AsyncIterable<Batch>): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of stream) batches.push(batch.retain());
  return batches;
}

const raw = () => [
  db.stream(`select ${COLUMNS} from sales`),
  exa.stream({ query: `SELECT ${COLUMNS} FROM drive.archive` }, { batchRows: 700 }),
];
const combined = (options: CombineOptions, streams = raw()) =>
  collect(combineStreams(streams, options));

/** What PostgreSQL says of all rows, as text. */
async function oracle(list: string, rest = ''): Promise<unknown[][]> {
  const cast = list.split(', ').map((item, i) => `(${item})::text as c${i}`);
  return askArrays(shards.urls[0] as string, `select ${cast.join(', ')} from oracle ${rest}`);
}

/** Rows by rows, without a page of those that differ. */
function expectRows(found: unknown[][], wanted: unknown[][]): void {
  expect(found.length).toBe(wanted.length);
  const at = found.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(wanted[i]));
  expect({ at, row: found[at] }).toEqual({ at, row: wanted[at] });
}

const sorted = (list: unknown[][]): string[][] => list.map((row) => [JSON.stringify(row)]).sort();

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it came to its end'),
    (error: unknown) => error as Error,
  );
}

describe('streams of PostgreSQL and Exasol', () => {
  it('are gathered, every row once', async () => {
    const found = await combined({});
    expect(found.length).toBe(LAST);
    expectRows(sorted(found), sorted(await oracle(COLUMNS)));
  });

  it('are sorted, with NULLs where PostgreSQL has them, and cut', async () => {
    const orderBy = [{ column: 'region', descending: true }, 'amount', { column: 'id' }];
    const found = await combined({ orderBy, limit: 3_000, offset: 1_234 });
    const order = 'order by region collate "C" desc, amount, id limit 3000 offset 1234';
    expectRows(found, await oracle(COLUMNS, order));
  });

  it('are sorted with NULLs first, by decimals and days', async () => {
    const orderBy = [
      { column: 'amount', nullsFirst: true },
      { column: 'total', descending: true },
      'day',
      'id',
    ];
    const found = await combined({ orderBy });
    expectRows(found, await oracle(COLUMNS, 'order by amount nulls first, total desc, day, id'));
  });

  it('are grouped: counts, sums, least and greatest, of rows grouped by each side before', async () => {
    const list = `region, count(*) as rows, sum(amount)::int8 as amount, sum(total)::numeric(36,3) as total,
      min(day) as first_day, max(amount) as most`;
    const streams = [
      db.stream(`select ${list} from sales group by region`),
      exa.stream({
        query: `SELECT region, CAST(COUNT(*) AS DECIMAL(18,0)) "rows", CAST(SUM(amount) AS DECIMAL(18,0)) amount,
          CAST(SUM(total) AS DECIMAL(36,3)) total, MIN(day) first_day, CAST(MAX(amount) AS DECIMAL(18,0)) most
          FROM drive.archive GROUP BY region`,
      }),
    ];
    const aggregates = {
      rows: 'sum',
      amount: 'sum',
      total: 'sum',
      first_day: 'min',
      most: 'max',
    } as const;
    const orderBy = [{ column: 'total', descending: true }, 'region'];
    const found = await combined({ groupBy: ['region'], aggregates, orderBy, limit: 10 }, streams);
    const wanted = await oracle(
      'region, count(*), sum(amount), sum(total), min(day), max(amount)',
      'group by region order by sum(total) desc, region collate "C" limit 10',
    );
    expectRows(found, wanted);
  });

  it('are grouped row by row, by several columns', async () => {
    const list = 'region, day, n, total';
    const streams = [
      db.stream(`select ${list} from sales`),
      exa.stream({ query: `SELECT ${list} FROM drive.archive` }),
    ];
    const options = { groupBy: ['day', 'region'], aggregates: { n: 'sum', total: 'max' } } as const;
    const found = await combined(options, streams);
    const wanted = await oracle('region, day, sum(n), max(total)', 'group by region, day');
    expectRows(sorted(found), sorted(wanted));
  });

  it('are one group without columns to group by', async () => {
    const streams = [
      db.stream('select amount, n, region, n > 0 as some from sales'),
      exa.stream({ query: 'SELECT amount, n, region, n > 0 some FROM drive.archive' }),
    ];
    const aggregates = { amount: 'sum', n: 'min', region: 'max', some: 'bool_or' } as const;
    const found = await combined({ aggregates }, streams);
    expectRows(found, await oracle('sum(amount), min(n), max(region collate "C"), bool_or(n > 0)'));
  });

  it('are distinct rows', async () => {
    const streams = [
      db.stream('select region, n from sales'),
      exa.stream({ query: 'SELECT region, n FROM drive.archive' }),
    ];
    const found = await combined({ distinct: true, orderBy: ['region', 'n'] }, streams);
    const order = 'group by region, n order by region collate "C", n';
    expectRows(found, await oracle('region, n', order));
  });

  it('may be several of one connection, and empty', async () => {
    const streams = [
      db.stream('select id, region from sales where id < 0'),
      exa.stream({ query: 'SELECT id "Id", region FROM drive.archive WHERE id > 30000' }),
      db.stream('select id, region from sales where n > 0'),
      exa.stream({ query: 'SELECT id, region FROM drive.archive WHERE id <= 30000' }),
    ];
    const found = await combined({ orderBy: ['Id'] }, streams);
    expectRows(
      found,
      await oracle('id, region', `where id > ${SHARDS * SHARD_ROWS} or n > 0 order by id`),
    );
  });

  it('give no batch where all are empty', async () => {
    const streams = [
      db.stream('select n from sales where id < 0'),
      exa.stream({ query: 'SELECT n FROM drive.archive WHERE id < 0' }),
    ];
    expect(await combined({ aggregates: { n: 'sum' } }, streams)).toEqual([]);
  });

  it('give batches that can be kept', async () => {
    const batches = await kept(combineStreams(raw(), { batchRows: 512 }));
    const ids = batches.flatMap(({ vectors, rowCount }) =>
      Array.from({ length: rowCount }, (_, row) => Number(vectors[0]?.at(row))),
    );
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: LAST }, (_, i) => i + 1));
    expect(Math.max(...batches.map(({ rowCount }) => rowCount))).toBe(512);
  });
});

describe('memory', () => {
  it('is fixed: a stream is asked for no more than is wanted', async () => {
    const [first] = [...(await kept(db.stream('select id from sales limit 10')))];
    let asked = 0;
    async function* endless() {
      for (;;) {
        asked++;
        yield first as Batch;
      }
    }
    let taken = 0;
    for await (const batch of combineStreams([endless()], { batchRows: 10 })) {
      expect(batch.rowCount).toBe(10);
      taken++;
      if (taken === 50) break;
    }
    expect(asked).toBeGreaterThanOrEqual(taken);
    // Four on their way from the merge, one in it, one on its way to it.
    expect(asked).toBeLessThanOrEqual(taken + 6);
  });
});

describe('streams that do not fit', () => {
  it('are refused with what to cast to', async () => {
    const streams = [
      db.stream('select id, sum(n) as total from sales group by id'),
      exa.stream({ query: 'SELECT id, CAST(n AS DECIMAL(36,0)) total FROM drive.archive' }),
    ];
    expect(await rejection(combined({}, streams))).toMatchObject({
      name: 'ConfigurationError',
      message:
        "combineStreams: column 2 ('TOTAL') of stream 1 is decimal(36,0), of stream 0 it is int64: " +
        'cast both to numeric(36,0) (PostgreSQL), DECIMAL(36,0) (Exasol)',
    });
  });

  it('are refused with another number of columns', async () => {
    const streams = [
      db.stream('select id, n from sales'),
      exa.stream({ query: 'SELECT id FROM drive.archive' }),
    ];
    expect(await rejection(combined({}, streams))).toMatchObject({
      message: 'combineStreams: stream 1 has 1 columns, stream 0 has 2',
    });
  });

  it.each<[CombineOptions, RegExp]>([
    [
      { groupBy: ['nowhere'], aggregates: { n: 'sum' } },
      /groupBy\[0\]: there is no column 'nowhere'/,
    ],
    [{ groupBy: ['region'], aggregates: { n: 'sum' } }, /column 'id' must be in groupBy/],
    [{ aggregates: { region: 'sum' } }, /no sum of a column of utf8: cast it/],
    [{ orderBy: ['REGION'] }, /orderBy\[0\]: there is no column 'REGION'/],
  ])('say which column: %o', async (options, message) => {
    const error = await rejection(combined(options));
    expect(error.name).toBe('ConfigurationError');
    expect(error.message).toMatch(message);
  });
});

describe('a combination that ends early', () => {
  const slow = () => db.stream('select id, n from sales, pg_sleep(60) where n is not null');
  const archive = (query = 'SELECT id, n FROM drive.archive') => exa.stream({ query });

  /** What of `slow` is still running; undefined: nothing. */
  async function sleeping(): Promise<unknown> {
    const all = await askAll(
      shards.urls,
      `select query from pg_stat_activity
        where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()`,
    );
    return all.find((one) => one.rowCount !== 0)?.rows;
  }

  /** No thread, no tunnel and no statement is left, and both connections go on. */
  async function expectNothingLeft(threads: number): Promise<void> {
    await expect.poll(() => livingThreads().length).toBeLessThanOrEqual(threads);
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
    await eventually(() => sleeping(), 10_000);
    const found = await combined({ aggregates: { id: 'sum' } }, [
      db.stream('select id from sales'),
      exa.stream({ query: 'SELECT id FROM drive.archive' }),
    ]);
    expectRows(found, await oracle('sum(id)'));
  }

  it('by a sum that no int64 holds', async () => {
    const before = livingThreads().length;
    const streams = [
      db.stream('select 9223372036854775807 as n from sales limit 1'),
      exa.stream({ query: 'SELECT id n FROM drive.archive' }),
    ];
    const error = await rejection(combined({ aggregates: { n: 'sum' } }, streams));
    expect(error).toMatchObject({ name: 'SqlError', code: '22003' });
    await expectNothingLeft(before);
  });

  it('by the failure of a PostgreSQL stream', async () => {
    const before = livingThreads().length;
    const failing = db.stream(
      `select id, n / (case when id = ${SHARD_ROWS} then 0 else 1 end) as n from sales`,
    );
    const error = await rejection(combined({ orderBy: ['id'] }, [failing, archive()]));
    expect(error).toMatchObject({ name: 'SqlError', code: '22012' });
    await expectNothingLeft(before);
  });

  it('by the failure of an Exasol stream, while another one waits', async () => {
    const before = livingThreads().length;
    const failing = archive('SELECT id, n FROM drive.nowhere');
    const error = await rejection(combined({}, [slow(), failing]));
    expect(error).toMatchObject({ sqlCode: '42000' });
    await expectNothingLeft(before);
  });

  it('by a loop that is left, while a stream waits', async () => {
    const before = livingThreads().length;
    for await (const batch of combineStreams([archive(), slow()])) {
      expect(batch.rowCount).toBeGreaterThan(0);
      break;
    }
    await expectNothingLeft(before);
  });

  it('by its limit, while a stream waits', async () => {
    const before = livingThreads().length;
    expect(await combined({ limit: 5 }, [archive(), slow()])).toHaveLength(5);
    await expectNothingLeft(before);
  });

  it('by its signal and by its time', async () => {
    const before = livingThreads().length;
    const abort = new AbortController();
    const aborted = rejection(combined({ signal: abort.signal }, [slow(), archive()]));
    await expect.poll(() => drive.cluster.openTunnels().length).toBeGreaterThan(0);
    abort.abort();
    expect(await aborted).toMatchObject({ name: 'CancelledError' });
    const late = await rejection(combined({ timeoutMs: 50 }, [slow(), archive()]));
    expect(late).toMatchObject({ name: 'TimeoutError' });
    await expectNothingLeft(before);
  });

  it('by a stream of the caller that throws', async () => {
    const before = livingThreads().length;
    async function* own() {
      yield* archive();
      throw new RangeError('of my own');
    }
    const error = await rejection(combined({ orderBy: ['N'] }, [own(), slow()]));
    expect(error).toEqual(new RangeError('of my own'));
    await expectNothingLeft(before);
  });

  it('by the death of its thread', async () => {
    const before = livingThreads().length;
    const died = rejection(
      (async () => {
        for await (const _ of combineStreams([archive(), slow()])) {
          crash(livingThreads().at(-1) as Worker, 'exit');
        }
      })(),
    );
    expect(await died).toMatchObject({ name: 'MergeError', code: 'MILLRACE_THREAD_LOST' });
    await expectNothingLeft(before);
  });
});
