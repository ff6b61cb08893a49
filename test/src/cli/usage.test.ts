/** How `millrace` is told what to do, what it says when that cannot be done, and its exit status. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startShards } from '../support/start-shards.js';
import { millrace } from './start-millrace.js';

let servers: Awaited<ReturnType<typeof startShards>>;
let first: string;
let directory: string;

beforeAll(async () => {
  servers = await startShards(2);
  first = servers.urls[0] as string;
  directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
});
afterAll(async () => {
  await servers?.stop();
  await rm(directory, { recursive: true, force: true });
});

const NOWHERE = 'postgres://nobody@127.0.0.1:1/x';

describe('the statement', () => {
  test('has parameters, negative numbers and what follows -- among them', async () => {
    const sql = 'select $1::int + $2::int as sum, $3 as text';
    const end = await millrace(['query', '--shards', first, sql, '-5', '2', '--', '--x']);
    expect(end).toEqual({ code: 0, signal: null, stdout: 'sum,text\n-3,--x\n', stderr: '' });
  });

  test('comes from standard input', async () => {
    const end = await millrace(['query', '--shards', first, '-', '7'], {
      input: 'select $1::int as a;\n',
    });
    expect(end).toMatchObject({ code: 0, stdout: 'a\n7\n' });
  });

  test('comes from a file', async () => {
    await writeFile(join(directory, 'q.sql'), '-- a comment\nselect $1::int as a');
    const end = await millrace(['query', '--shards', first, '--file', 'q.sql', '7'], { directory });
    expect(end).toMatchObject({ code: 0, stdout: 'a\n7\n' });
  });
});

describe('the database', () => {
  const sql = 'select count(*) as n';

  test('is named by the command line before the file, by the file before the environment', async () => {
    const file = (shards: readonly string[]): Promise<void> =>
      writeFile(
        join(directory, 'millrace.config.json'),
        JSON.stringify({ shards, application_name: 'by-file' }),
      );
    const args = [
      'query',
      'select current_setting($1) as name',
      'application_name',
      '--mode',
      'union',
    ];
    await file([NOWHERE]);
    const byFlag = await millrace([...args, '--shards', first], {
      directory,
      env: { MILLRACE_SHARDS: NOWHERE },
    });
    expect(byFlag).toMatchObject({ code: 0, stdout: 'name\nby-file\n' });
    await file([first]);
    const byFile = await millrace(args, { directory, env: { MILLRACE_SHARDS: NOWHERE } });
    expect(byFile).toMatchObject({ code: 0, stdout: 'name\nby-file\n' });
    await rm(join(directory, 'millrace.config.json'));
    const env = { MILLRACE_SHARDS: servers.urls.join(','), MILLRACE_TABLES: 'a=b,c=replicated' };
    const byEnvironment = await millrace(args, { directory, env });
    expect(byEnvironment.stdout).toBe(`name\n${'millrace\n'.repeat(servers.urls.length)}`);
  });

  test('is named by --shards twice, and by a file in TypeScript', async () => {
    const twice = await millrace([
      'query',
      ...['--shards', first, '--shards', first],
      '--mode',
      'union',
      sql,
    ]);
    expect(twice).toMatchObject({ code: 0, stdout: 'n\n1\n1\n' });
    await writeFile(
      join(directory, 'my.ts'),
      `export default { shards: [${JSON.stringify(first)}] as string[] };`,
    );
    const typed = await millrace(['query', '--config', 'my.ts', sql], { directory });
    expect(typed).toEqual({ code: 0, signal: null, stdout: 'n\n1\n', stderr: '' });
  });

  test('the types that a file chooses hold for json', async () => {
    const config = { shards: [first], types: { int8: 'string' } };
    await writeFile(join(directory, 'types.json'), JSON.stringify(config));
    const args = [
      'query',
      '--config',
      'types.json',
      '--format',
      'ndjson',
      'select 1::int8 as a, 2.50 as b',
    ];
    expect(await millrace(args, { directory })).toMatchObject({
      code: 0,
      stdout: '{"a":"1","b":2.50}\n',
    });
  });
});

describe('wrong usage ends with 2 and says what is right', () => {
  test.each<[string[], RegExp]>([
    [[], /Usage: millrace/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['query', 'select 1'], /No shards are named: pass --shards/],
    [['query', '--shards', NOWHERE], /No statement: write it in quotes/],
    [['query', '--shards', 'x=y', 'select 1'], /shards\[0\]: expected postgres:\/\//],
    [
      ['query', '--shards', NOWHERE, '--format', 'xml', 'select 1'],
      /Allowed choices are table, csv, json, ndjson/,
    ],
    [
      ['query', '--shards', NOWHERE, '--mode', 'both', 'select 1'],
      /Allowed choices are one-database, union/,
    ],
    [
      ['query', '--shards', NOWHERE, '--timeout', 'soon', 'select 1'],
      /'soon' is no time: write 500ms, 30s/,
    ],
    [['query', '--shards', NOWHERE, '--table', 'flights', 'select 1'], /write name=column/],
    [['query', '--shards', NOWHERE, '--colour', 'select 1'], /unknown option '--colour'/],
    [
      ['query', '--shards', NOWHERE, '--config', 'none.json', 'select 1'],
      /none\.json cannot be read: ENOENT/,
    ],
    [['query', '--shards', NOWHERE, '--file', 'none.sql'], /none\.sql cannot be read: ENOENT/],
  ])('millrace %j', async (args, message) => {
    const end = await millrace(args);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(message);
    expect(end.stderr).not.toMatch(/^\s+at /m);
  });

  test('help and version end with 0', async () => {
    const help = await millrace(['query', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/default: table on a terminal, else csv/);
    expect(await millrace(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });
});

describe('what fails ends with 1 and says where', () => {
  const failure = async (...args: string[]): Promise<string> => {
    const end = await millrace(['query', '--shards', servers.urls.join(','), ...args]);
    expect(end).toMatchObject({ code: 1, signal: null, stdout: '' });
    return end.stderr;
  };

  test('a wrong statement: the place in it', async () => {
    expect(await failure('--mode', 'union', "select 'é',\n  nothing from pg_class")).toBe(
      [
        'error: column "nothing" does not exist (42703, said by shard0)',
        'LINE 2:   nothing from pg_class',
        '          ^',
        '',
      ].join('\n'),
    );
  });

  test('a statement that fails while it runs', async () => {
    expect(
      await failure('--mode', 'union', 'select 1 / (x - 1) from generate_series(1, 3) x'),
    ).toMatch(/^error: division by zero \(22012, said by shard\d\)\n$/);
  });

  test('a shard that is not there', async () => {
    const end = await millrace([
      'query',
      '--shards',
      `${first},${NOWHERE}`,
      '--mode',
      'union',
      'select 1',
    ]);
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toMatch(/^error: Shard 'shard1': .*ECONNREFUSED.*\n$/);
  });

  test('time that is over', async () => {
    expect(await failure('--mode', 'union', '--timeout', '50ms', 'select pg_sleep(30)')).toMatch(
      /^error: The statement took longer than 50 ms/,
    );
  });
});
