/** What a session is at the beginning of each statement, whatever servers are set to and statements before have done. */
import type { Cluster } from '@millrace/embedded';
import { ConfigurationError, connect, type Database } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sessionsOf } from '../support/activity.js';
import { ask, askAll } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-sessions';

let cluster: Cluster;
let db: Database | undefined;

beforeAll(async () => {
  cluster = await startOwnShards(2, { host: 'tcp' });
  await askAll(
    cluster.urls,
    `create schema other; create table other.t as select 'other' as place; create table t as select 'public' as place;
     create function hidden_set() returns text language sql as $$ select set_config('TimeZone', 'Asia/Tokyo', false) $$`,
  );
});
afterAll(() => cluster?.stop());
afterEach(async () => {
  await db?.close();
  db = undefined;
});

const open = async (options: Partial<Parameters<typeof connect>[0]> = {}): Promise<Database> => {
  db = await connect({
    shards: [...cluster.urls],
    connectionsPerShard: 1,
    application_name: APPLICATION,
    ...options,
  });
  return db;
};

const one = async (sql: string): Promise<unknown[]> => {
  const { rows } = await (db as Database).query<unknown[]>(sql, [], { ...UNION, rowMode: 'array' });
  return rows.map(([value]) => value);
};

describe('nothing of a statement is seen by the next one on its connection:', () => {
  const traces: [string, string, unknown][] = [
    ['set search_path to other', 'select place from t', 'public'],
    ["select set_config('search_path', 'other', false)", 'select place from t', 'public'],
    ["set work_mem to '7MB'", "select current_setting('work_mem')", '4MB'],
    [
      "do $$ begin perform set_config('my.x', 'y', false); end $$",
      "select current_setting('my.x', true)",
      '',
    ],
    ['select hidden_set()', "select current_setting('TimeZone')", 'UTC'],
    ['create temp table t as select 2', 'select place from t', 'public'],
    ["select 'temp' as place into temp t", 'select place from t', 'public'],
    ['listen news', 'select count(*)::int from pg_listening_channels()', 0],
    [
      'prepare mine as select 1',
      'select count(*)::int from pg_prepared_statements where name = $$mine$$',
      0,
    ],
    [
      'select pg_advisory_lock(7)',
      "select count(*)::int from pg_locks where locktype = 'advisory'",
      0,
    ],
    [
      'set session characteristics as transaction read only',
      "select current_setting('transaction_read_only')",
      'off',
    ],
    [
      "set application_name to 'someone else'",
      "select current_setting('application_name')",
      APPLICATION,
    ],
    ["set client_encoding to 'latin1'", "select 'é'", 'é'],
    ['discard all', "select current_setting('search_path')", '"$user", public'],
    ['select nextval($$numbers$$)', 'select count(*) from (select lastval()) l', /lastval/],
  ];

  test.each(traces)('%s', async (sql, probe, expected) => {
    await askAll(cluster.urls, 'create sequence if not exists numbers');
    await open();
    const pids = await one('select pg_backend_pid()');
    await one(sql);
    if (expected instanceof RegExp) expect((await failureOf(one(probe))).message).toMatch(expected);
    else expect(await one(probe)).toEqual([expected, expected]);
    expect(await one('select pg_backend_pid()'), 'the same session').toEqual(pids);
  });

  test('a lock that a failed, and one that a cancelled statement took', async () => {
    await open();
    const held = "select count(*)::int from pg_locks where locktype = 'advisory'";
    await failureOf(one('select pg_advisory_lock(8), 1 / 0'));
    expect(await one(held)).toEqual([0, 0]);
    await failureOf(
      (db as Database).query('select pg_advisory_lock(9), pg_sleep(20)', [], {
        ...UNION,
        timeoutMs: 150,
      }),
    );
    expect(await one(held)).toEqual([0, 0]);
  });

  test('statements that are kept prepared go on after the session was made new', async () => {
    await open();
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) expect(await one('select 41 + 1')).toEqual([42, 42]);
      const kept = "select count(*) > 0 from pg_prepared_statements where name like 'millrace%'";
      expect(await one(kept)).toEqual([true, true]);
      await one(['set work_mem to 999', 'deallocate all', 'discard all'][i] as string);
    }
  });

  test('a statement that leaves nothing costs its session nothing', async () => {
    await open();
    await one('select 1');
    await one('select 1');
    for (const url of cluster.urls)
      expect(await sessionsOf(url, APPLICATION)).toMatchObject([{ query: 'select 1' }]);
  });
});

describe('settings hold', () => {
  const MEANING = {
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
    search_path: '"$user", public',
    standard_conforming_strings: 'on',
    backslash_quote: 'safe_encoding',
    array_nulls: 'on',
    transform_null_equals: 'off',
    quote_all_identifiers: 'off',
    xmlbinary: 'base64',
    xmloption: 'content',
  };
  const CONTRARY = {
    client_encoding: 'LATIN1',
    DateStyle: 'German',
    IntervalStyle: 'iso_8601',
    bytea_output: 'escape',
    extra_float_digits: '-10',
    search_path: 'other',
    standard_conforming_strings: 'off',
    backslash_quote: 'on',
    array_nulls: 'off',
    transform_null_equals: 'on',
    quote_all_identifiers: 'on',
    xmlbinary: 'hex',
    xmloption: 'document',
  };
  const names = Object.keys(MEANING);
  const all = `select array[${names.map((name) => `current_setting('${name}')`).join(', ')}]`;
  const expected = Object.values(MEANING);

  test.each(['alter role postgres', 'alter database postgres'])('against %s', async (alter) => {
    const set = Object.entries(CONTRARY).map(
      ([name, value]) => `${alter} set ${name} to ${name === 'search_path' ? value : `'${value}'`}`,
    );
    await askAll(cluster.urls, set.join('; '));
    try {
      await open();
      expect(await one(all)).toEqual([expected, expected]);
      await one('reset all');
      expect(await one(all), 'also after a reset').toEqual([expected, expected]);
    } finally {
      await askAll(cluster.urls, `${alter} reset all`);
    }
  });

  test('against PGOPTIONS, while the options of a URL may choose the search_path', async () => {
    const urls = cluster.urls.map((url, i) =>
      i === 0
        ? url
        : `${url}?options=${encodeURIComponent('-c search_path=other -c DateStyle=German')}`,
    );
    process.env.PGOPTIONS = '-c search_path=nowhere -c DateStyle=German -c work_mem=9MB';
    try {
      await open({ shards: urls });
      expect(await one('select place from t')).toEqual(['public', 'other']);
      expect(await one("select current_setting('DateStyle')")).toEqual(['ISO, MDY', 'ISO, MDY']);
      expect(await one("select current_setting('work_mem')")).toEqual(['9MB', '4MB']);
    } finally {
      delete process.env.PGOPTIONS;
    }
  });

  test("the option 'session' chooses, a list too, but not what values are read by", async () => {
    await open({ session: { search_path: 'other, public', extra_float_digits: 0 } });
    expect(await one('select place from t')).toEqual(['other', 'other']);
    await one('reset search_path');
    expect(await one('select place from t')).toEqual(['other', 'other']);
    const error = await failureOf(open({ session: { DATESTYLE: 'German' } }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain('session.DATESTYLE');
  });
});

describe('settings without a value that is right everywhere', () => {
  const noon = "select timestamptz '2024-07-01 12:00:00+00'::text";

  test.each(['Asia/Kolkata', 'America/St_Johns'])(
    "are the first shard's own, on all shards and connections (%s)",
    async (zone) => {
      await ask(cluster.urls[0] as string, `alter database postgres set TimeZone to '${zone}'`);
      await ask(
        cluster.urls[1] as string,
        "alter database postgres set default_text_search_config to 'pg_catalog.german'",
      );
      try {
        await open({ connectionsPerShard: 3 });
        const { rows } = await ask(cluster.urls[0] as string, noon);
        const [text] = Object.values(rows[0] as object);
        // More at the same time than there are connections yet.
        const answers = await Promise.all(
          [1, 2, 3].map((i) => one(`${noon} || pg_sleep(0.0${i})`)),
        );
        for (const answer of answers) expect(answer).toEqual([text, text]);
        await one("set TimeZone to 'UTC'");
        expect(await one(noon)).toEqual([text, text]);
        const config = await one("select current_setting('default_text_search_config')");
        expect(config[1]).toBe(config[0]);
      } finally {
        await askAll(cluster.urls, 'alter database postgres reset all');
      }
    },
  );

  test('are what the caller says, if he says so', async () => {
    await ask(cluster.urls[1] as string, "alter database postgres set TimeZone to 'Asia/Tokyo'");
    try {
      await open({ session: { TimeZone: 'Europe/Zurich' } });
      expect(await one(noon)).toEqual(['2024-07-01 14:00:00+02', '2024-07-01 14:00:00+02']);
    } finally {
      await askAll(cluster.urls, 'alter database postgres reset all');
    }
  });
});
