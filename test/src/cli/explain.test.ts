/** `millrace explain`, and answers over a sharded table. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAll } from '../support/ask.js';
import { startShards } from '../support/start-shards.js';
import { type CommandEnd, millrace } from './start-millrace.js';

let servers: Awaited<ReturnType<typeof startShards>>;

beforeAll(async () => {
  servers = await startShards(2);
  await askAll(
    servers.urls,
    (shard) => `create table flights (origin text, delay int);
      insert into flights select 'A' || ${shard}, g from generate_series(1, 10) g`,
  );
});
afterAll(() => servers?.stop());

const run = (...args: string[]): Promise<CommandEnd> =>
  millrace(args, { env: { MILLRACE_SHARDS: servers.urls.join(',') } });

const TABLE = ['--table', 'flights=origin'];
const SUM = 'select sum(delay) as sum from flights';

describe('over a sharded table', () => {
  test('query gives the answer of one database', async () => {
    const end = await run('query', ...TABLE, SUM);
    const stdout = `sum\n${servers.urls.length * 55}\n`;
    expect(end).toEqual({ code: 0, signal: null, stdout, stderr: '' });
  });

  test('no rows have their columns named', async () => {
    const sql = 'select origin, sum(delay) as sum from flights where delay > 100 group by origin';
    expect(await run('query', ...TABLE, sql)).toMatchObject({ code: 0, stdout: 'origin,sum\n' });
  });

  test('a table that is not listed: what to add on the command line', async () => {
    const end = await run('query', SUM);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(/flights/);
    expect(end.stderr).toMatch(/\nhint: on the command line: --table name=column/);
  });

  test('--unlisted replicated takes a table for the same everywhere', async () => {
    const end = await run('query', '--unlisted', 'replicated', SUM);
    expect(end).toMatchObject({ code: 0, stdout: 'sum\n55\n' });
  });
});

describe('explain', () => {
  test('as text', async () => {
    const end = await run('explain', ...TABLE, SUM);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toMatch(/two-phase/);
  });

  test('as JSON: class, and what each shard is asked', async () => {
    const end = await run('explain', ...TABLE, '--format', 'json', SUM);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    const plan = JSON.parse(end.stdout) as {
      class: string;
      shards: { name: string; sql: string }[];
    };
    expect(plan.class).toBe('two-phase');
    expect(plan.shards.map(({ name }) => name)).toEqual(servers.urls.map((_, i) => `shard${i}`));
    expect(plan.shards[0]?.sql).toMatch(/sum/i);
  });

  test('with parameters, run and measured', async () => {
    const sql = 'select count(*) from flights where delay > $1';
    const end = await run('explain', ...TABLE, '--analyze', '--format', 'json', sql, '5');
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(end.stdout)).toMatchObject({ total: { rows: 1 } });
  });

  test('a wrong statement fails as in query', async () => {
    const end = await run('explain', ...TABLE, 'select nothing from flights');
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toMatch(/column "nothing" does not exist.*\nLINE 1: select nothing/);
  });
});
