/** The programs of examples/exasol, run as a user runs them; what they did is looked up in the tables and files. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Child, startNode } from '../../support/child-process.js';
import { type ExasolCluster, startExasolCluster } from '../cluster/start-exasol-cluster.js';

const MAIN = fileURLToPath(new URL('../../../../examples/exasol/dist/main.js', import.meta.url));
const ROWS = 30_000;

let cluster: ExasolCluster;
let folder: string;

beforeAll(async () => {
  cluster = await startExasolCluster({ nodes: 2 });
  const columns = 'id numeric(18,0), note varchar(100), gross_amt numeric(18,2)';
  await cluster.query(`
    create schema retail;
    create table retail.payments (${columns});
    create table retail.payments_copy (${columns});
    create table retail.users (user_id numeric(18,0), user_name varchar(100), worker numeric(9,0));
    insert into retail.payments select i,
      case i % 7 when 0 then 'a,"b"' || chr(10) || i when 1 then null else 'note-' || i end,
      case when i % 5 = 0 then null else (i - 20000) / 4.0 end
    from generate_series(1, ${ROWS}) i`);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-examples-'));
});

afterEach(async () => {
  cluster.heal();
  await expect.poll(() => cluster.openTunnels()).toEqual([]);
  await expect.poll(() => cluster.openSessions()).toEqual([]);
  await rm(folder, { recursive: true });
});

afterAll(() => cluster?.stop());

function run(program: string, options: Readonly<Record<string, string>> = {}): Child['ended'] {
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const env = {
    EXASOL_DSN: cluster.dsn,
    EXASOL_USER: cluster.user,
    EXASOL_PASSWORD: cluster.password,
  };
  return startNode({ args: [MAIN, program, ...words], env, withinMs: 50_000 }).ended;
}

/** The table as EXPORT writes it, sorted by line: what all parts together must be. */
async function tableLines(): Promise<string[]> {
  const [row] = await cluster.query(`
    select string_agg(id || ',' ||
      case when note like '%,%' then '"' || replace(note, '"', '""') || '"' else coalesce(note, '') end
      || ',' || coalesce(trim_scale(gross_amt)::text, ''), chr(10)) as csv from retail.payments`);
  return linesOf(String(row?.csv));
}

const linesOf = (csv: string): string[] =>
  csv
    .split('\n')
    .filter((line) => line !== '')
    .sort();

describe('parallel-export', () => {
  it('packs each part by the function of its worker', async () => {
    const end = await run('parallel-export', { folder, workers: '3' });
    expect(end).toMatchObject({ code: 0, stderr: '', hung: false });
    expect(end.stdout).toMatch(/part-2\.csv\.gz: 10000 rows of 127\.0\.0\.\d:\d+ in \d+ bytes\n/);
    expect(end.stdout).toContain(`exported ${ROWS} rows in `);
    const parts = await Promise.all(
      [0, 1, 2].map(async (i) => gunzipSync(await readFile(join(folder, `part-${i}.csv.gz`)))),
    );
    const texts = parts.map((part) => String(part).split('\n'));
    for (const [names] of texts) expect(names).toBe('ID,NOTE,GROSS_AMT');
    expect(linesOf(texts.flatMap(([, ...lines]) => lines).join('\n'))).toEqual(await tableLines());
  });

  it('fails by exit code and message, and leaves no part, when there is no such table', async () => {
    const end = await run('parallel-export', { folder, table: 'retail.nowhere' });
    expect(end).toMatchObject({ code: 1, stdout: '', hung: false });
    expect(end.stderr).toMatch(/^parallel-export: The EXPORT failed: .*NOWHERE.*\n$/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves no part when a node dies', async () => {
    cluster.faults.death = { at: 'inside-chunk', file: 1, afterBytes: 10_000, by: 'reset' };
    const end = await run('parallel-export', { folder, workers: '2' });
    expect(end).toMatchObject({ code: 1, stdout: '', hung: false });
    expect(end.stderr).toMatch(/^parallel-export: The EXPORT failed/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('parallel-import', () => {
  it('replaces the rows of the table by those of all workers', async () => {
    await cluster.query("insert into retail.users values (0, 'before', 0)");
    const end = await run('parallel-import', { workers: '2', rows: '4' });
    expect(end).toMatchObject({ code: 0, stderr: '', hung: false });
    expect(end.stdout).toContain('imported 8 rows in ');
    const names = ['John', 'Zoë', 'O"Neill, "Tip"', 'John'];
    expect(
      await cluster.query(
        'select user_id::int id, user_name "name", worker::int from retail.users order by 1',
      ),
    ).toEqual(
      [...names, ...names].map((name, i) => ({ id: i + 1, name, worker: Math.floor(i / 4) })),
    );
  });

  it('leaves the rows that were there when it fails', async () => {
    await cluster.query("truncate retail.users; insert into retail.users values (7, 'before', 0)");
    cluster.faults.requests = 'sql-error';
    const end = await run('parallel-import');
    expect(end).toMatchObject({ code: 1, stdout: '', hung: false });
    expect(end.stderr).toMatch(/^parallel-import: The IMPORT failed: /);
    expect(await cluster.query('select user_id::int id from retail.users')).toEqual([{ id: 7 }]);
  });

  it('fails by exit code and message when there is no such table', async () => {
    const end = await run('parallel-import', { table: 'retail.nowhere' });
    expect(end).toMatchObject({ code: 1, stdout: '', hung: false });
    expect(end.stderr).toMatch(/^parallel-import: .*NOWHERE.*\n$/);
  });
});

describe('export-then-import', () => {
  const COPY_DIFFERS = `select count(*)::int n from retail.payments p
    full join retail.payments_copy c using (id)
    where c.note is distinct from p.note or c.gross_amt is distinct from p.gross_amt + 1`;

  it('changes one column of all rows on their way, and nothing else', async () => {
    const end = await run('export-then-import', { workers: '3' });
    expect(end).toMatchObject({ code: 0, stderr: '', hung: false });
    expect(end.stdout).toContain(`exported ${ROWS} rows and imported ${ROWS} in `);
    expect(await cluster.query('select count(*)::int n from retail.payments_copy')).toEqual([
      { n: ROWS },
    ]);
    expect(await cluster.query(COPY_DIFFERS)).toEqual([{ n: 0 }]);
  });

  it('commits nothing when a node dies', async () => {
    cluster.faults.death = { at: 'inside-chunk', file: 1, afterBytes: 10_000, by: 'reset' };
    const end = await run('export-then-import', { workers: '2' });
    expect(end).toMatchObject({ code: 1, stdout: '', hung: false });
    expect(end.stderr).toMatch(/^export-then-import: /);
    expect(await cluster.query('select count(*)::int n from retail.payments_copy')).toEqual([
      { n: 0 },
    ]);
  });

  it.each([
    ['the table to read', { table: 'retail.nowhere' }, /NOWHERE/],
    ['the table to write', { into: 'retail.nowhere' }, /NOWHERE/],
    ['the column', { column: 'NOTHING' }, /there is no column NOTHING, only ID, NOTE, GROSS_AMT/],
  ])('fails by exit code and message when there is not %s', async (_, options, message) => {
    const end = await run('export-then-import', options);
    expect(end).toMatchObject({ code: 1, stdout: '', hung: false });
    expect(end.stderr).toMatch(/^export-then-import: .*\n$/);
    expect(end.stderr).toMatch(message);
  });
});

describe('two-processes', () => {
  it('writes a part in each process', async () => {
    const end = await run('two-processes', { folder });
    expect(end).toMatchObject({ code: 0, stderr: '', hung: false });
    expect(end.stdout).toContain(`exported ${ROWS} rows by 2 processes\n`);
    const parts = await Promise.all(
      [0, 1].map((i) => readFile(join(folder, `part-${i}.csv`), 'utf8')),
    );
    expect(linesOf(parts.join(''))).toEqual(await tableLines());
  });

  it.each([
    ['there is no such table', (): void => undefined, { table: 'retail.nowhere' }],
    [
      'a node dies',
      (): void => {
        cluster.faults.death = { at: 'inside-chunk', file: 1, afterBytes: 10_000, by: 'reset' };
      },
      {},
    ],
  ])('fails by exit code and message, and leaves no part, when %s', async (_, break_, options) => {
    break_();
    const end = await run('two-processes', { folder, ...options });
    expect(end).toMatchObject({ code: 1, stdout: '', hung: false });
    expect(end.stderr).toMatch(/^two-processes: .+\n$/);
    expect(await readdir(folder)).toEqual([]);
  });
});

it('an unknown program, and one that is not told where the database is, are told so', async () => {
  expect(await run('parallel')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there are parallel-export, parallel-import, '),
  });
  const env = { EXASOL_DSN: '', EXASOL_PASSWORD: '' };
  const lost = await startNode({ args: [MAIN, 'parallel-export'], env, withinMs: 30_000 }).ended;
  expect(lost).toMatchObject({ code: 1 });
  expect(lost.stderr).toContain('--dsn and --password are needed');
});
