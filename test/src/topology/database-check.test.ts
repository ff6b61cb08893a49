/** `db.check()` through connections, threads and batches, as a user calls it. */
import type { ShardServers } from '@millrace/embedded';
import { type ConnectOptions, connect } from '@millrace/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askAll } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

let servers: ShardServers;

beforeAll(async () => {
  servers = await startShards(2);
  await askAll(
    servers.urls,
    (
      i,
    ) => `create table flights (origin text, delay int); create table airports (code text primary key);
      insert into flights select chr(97 + ${i} * 10 + n), n from generate_series(0, 9) n;
      insert into airports values ('a'), ('b')`,
  );
});

afterAll(async () => {
  await servers?.stop();
});

const TABLES: ConnectOptions['tables'] = { flights: { key: 'origin' }, airports: 'replicated' };

test('finds nothing where all is well, and what differs once it does', async () => {
  await using db = await connect({ shards: servers.urls, tables: TABLES });
  expect(await db.check()).toEqual({ ok: true, problems: [] });
  await askAll(servers.urls, (i) =>
    i === 0
      ? "insert into flights values ('z', 1)"
      : "insert into flights values ('z', 2); insert into airports values ('c')",
  );
  const { ok, problems } = await db.check();
  expect(ok).toBe(false);
  expect(problems.map(({ kind, table }) => [kind, table]).sort()).toEqual([
    ['placement', '"public"."flights"'],
    ['replicated', '"public"."airports"'],
  ]);
  // The check has left nothing in the sessions.
  const { rows } = await db.query('show search_path', [], { mode: 'union' });
  expect(new Set(rows.map(({ search_path }) => search_path))).toEqual(new Set(['"$user", public']));
});

test('ends when its caller says so, with the error of that', async () => {
  await using db = await connect({ shards: servers.urls, tables: TABLES });
  const error = await failureOf(db.check({ signal: AbortSignal.abort() }));
  expect(error.name).toBe('CancelledError');
  expect((await db.query('select 1 as one', [], { mode: 'union' })).rows[0]).toEqual({ one: 1 });
});
