/** Passwords are nowhere to be seen: not in an error, whatever is wrong with a URL, nor in anything that describes us. */
import { inspect } from 'node:util';
import type { Cluster } from '@millrace/embedded';
import { ConfigurationError, connect, type Database } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withClient } from '../support/ask.js';
import { runProgram } from '../support/child-process.js';
import { failureOf, within } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';

const SECRET = 's3cr3t';
const SPECIAL = `${SECRET}:@/?#[]!$&'()*+,;="<>%\\ ^\`{|}~é€`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startOwnShards(1, { host: 'tcp' });
});
afterAll(() => cluster?.stop());

/** Everything that a thing shows of itself, its causes included. */
function everythingOf(thing: unknown): string {
  const shown = [inspect(thing, { depth: 20, showHidden: true, getters: true }), String(thing)];
  try {
    shown.push(JSON.stringify(thing) ?? '');
  } catch {
    // It holds a circle: then nobody writes it so.
  }
  if (thing instanceof Error) {
    shown.push(thing.message, thing.stack ?? '', ...Object.values(thing).map(String));
    if (thing.cause !== undefined) shown.push(everythingOf(thing.cause));
  }
  return shown.join('\n');
}

const showsNothing = (thing: unknown): void => {
  const shown = everythingOf(thing);
  expect(shown).not.toContain(SECRET);
  expect(shown).not.toContain(encodeURIComponent(SPECIAL));
};

describe('an error about a URL that cannot be', () => {
  test.each([
    `postgres://u:${SECRET}@host:port/x`,
    `postgres://u:${SECRET}@host:99999/x`,
    `postgres://u:${SECRET}@[::1/x`,
    `postgres://u:${SECRET} and more@ho st/x`,
    `postgres://u:p%zz${SECRET}@h/x`,
    `postgres://u:%E9${SECRET}@127.0.0.1:1/x`,
    `postgres://u:1/${SECRET}@127.0.0.1/x`,
    `postgres://u:1#${SECRET}@127.0.0.1/x`,
    `postgres://u:1?${SECRET}@127.0.0.1/x`,
    `postgres://u:${SECRET}/more@127.0.0.1/x`,
    `postgres://u:${SECRET}@127.0.0.1,127.0.0.2/x`,
    `postgres://u:${SECRET}@127.0.0.1:1/x?host=a,b`,
    `postgres://u:${SECRET}@127.0.0.1:1/x?sslmode=verify-ca&uselibpqcompat=true`,
    `postgres://u:${SECRET}@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/no/such/file`,
    `postgres://u:${SECRET}@127.0.0.1:1/x`,
    `postgres://127.0.0.1:1/x?user=u&password=${SECRET}`,
    `postgres://u:${encodeURIComponent(SPECIAL)}@127.0.0.1:1/x`,
    `socket:/nowhere?user=u&password=${SECRET}&db=x`,
    `mysql://u:${SECRET}@127.0.0.1/x`,
    `u:${SECRET}@127.0.0.1/x`,
    `host=127.0.0.1 port=1 password=${SECRET}`,
  ])('%s', async (url) => {
    const one = await failureOf(within(20_000, 'connect', connect({ shards: [url] })));
    showsNothing(one);
    const twice = [
      { url, name: 'a' },
      { url, name: 'a' },
    ];
    showsNothing(await failureOf(within(20_000, 'connect', connect({ shards: twice }))));
    const named = { url, nme: 'a' } as never;
    showsNothing(await failureOf(within(20_000, 'connect', connect({ shards: [named] }))));
  });

  test('says how a password is to be written', async () => {
    const error = await failureOf(connect({ shards: [`postgres://u:1/${SECRET}@h/x`] }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain('%2F');
  });
});

describe('a password that works', () => {
  let url: string;
  let db: Database;

  beforeAll(async () => {
    const admin = cluster.urls[0] as string;
    await withClient(admin, async (client) => {
      await client.query(`create role special login password ${client.escapeLiteral(SPECIAL)}`);
    });
    url = admin.replace(/\/\/[^@]*@/, `//special:${encodeURIComponent(SPECIAL)}@`);
    db = await connect({ shards: [url], application_name: 'millrace-secrets' });
  });
  afterAll(() => db?.close());

  test('is not in the error of a statement, of a lost session, or of a closed database', async () => {
    showsNothing(await failureOf(db.query('nonsense')));
    showsNothing(await failureOf(db.query('select 1 / 0')));
    showsNothing(await failureOf(db.query('select pg_terminate_backend(pg_backend_pid())')));
    showsNothing(await failureOf(db.query('select pg_sleep(9)', [], { timeoutMs: 50 })));
    const closed = await connect({ shards: [url] });
    await closed.close();
    showsNothing(await failureOf(closed.query('select 1')));
  });

  test('is not in what describes the database, its results, the process or its sessions', async () => {
    showsNothing(db);
    showsNothing(await db.query('select 1'));
    showsNothing([process.title, process.argv, process.execArgv]);
    showsNothing(process.report?.getReport());
    const { rows } = await withClient(cluster.urls[0] as string, (client) =>
      client.query("select * from pg_stat_activity where application_name = 'millrace-secrets'"),
    );
    expect(rows.length).toBe(1);
    showsNothing(rows);
  });

  test('is not in what a program prints when it does not catch an error', async () => {
    const programs = [
      `await connect({ shards: [urls[0].replace('special', 'nobody')] });`,
      `const db = await connect({ shards: urls }); console.log(db); await db.query('nonsense');`,
      `const db = await connect({ shards: urls }); await db.query('select pg_terminate_backend(pg_backend_pid())');`,
    ];
    for (const program of programs) {
      const end = await runProgram(program, { urls: [url] });
      expect(end.code).toBe(1);
      // Node shows the failing line of the program itself, which here holds the URL.
      const shown = end.stderr.replaceAll(url, '');
      showsNothing(end.stdout);
      showsNothing(shown);
      expect(shown).toMatch(/ShardError|SqlError/);
    }
  });
});
