/** Statements that are wrong, or not for us: the class, the code, what the message names, and that life goes on. */
import { connect, type Database, ShardError, SqlError, UnsupportedError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { untilIdle } from '../support/activity.js';
import { askAll } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-errors-slice';

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(3);
  db = await connect({ shards: [...servers.urls], application_name: APPLICATION });
  await askAll(
    servers.urls,
    (shard) => `create table t (n int primary key, label text not null default 'x');
      insert into t select i from generate_series(1, 200) i;
      create table zero_on_last as select ${shard === servers.urls.length - 1 ? 0 : 1} as n from generate_series(1, 3);`,
  );
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

/** The statement after a failure runs on the same connections, and sees nothing of what failed. */
afterEach(async () => {
  await untilIdle(servers.urls, APPLICATION);
  const { rows } = await db.query('select $1::int as own', [5], UNION);
  expect(rows).toEqual(servers.urls.map(() => ({ own: 5 })));
});

interface WrongStatement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
  readonly code: string;
  readonly says: RegExp;
  readonly more?: Readonly<Record<string, unknown>>;
}

const WRONG: Readonly<Record<string, WrongStatement>> = {
  'a syntax error': {
    sql: 'select 1,, 2',
    code: '42601',
    says: /syntax error at or near ","/,
    more: { position: '10', severity: 'ERROR' },
  },
  'a position after characters of two code units': {
    sql: "select '😀é', nowhere",
    code: '42703',
    says: /column "nowhere"/,
    more: { position: '14' },
  },
  'a table that is nowhere': { sql: 'select * from gone', code: '42P01', says: /"gone"/ },
  'an unknown function': { sql: 'select nofun(1)', code: '42883', says: /nofun/ },
  'a violated key': {
    sql: 'insert into t values (1)',
    code: '23505',
    says: /t_pkey/,
    more: { constraint: 't_pkey', table: 't', detail: 'Key (n)=(1) already exists.' },
  },
  'a value that is none of its type': {
    sql: 'select $1::int',
    parameters: ['abc'],
    code: '22P02',
    says: /"abc"/,
  },
  'several commands': { sql: 'select 1; select 2', code: '42601', says: /multiple commands/ },
  'an empty statement': { sql: '', code: 'MILLRACE_EMPTY_STATEMENT', says: /empty/ },
  'only a comment': {
    sql: ' -- nothing\n/* at all */ ;',
    code: 'MILLRACE_EMPTY_STATEMENT',
    says: /empty/,
  },
  'a zero character': { sql: 'select 1\0', code: '22021', says: /zero character/ },
  'too few parameters': {
    sql: 'select $1::int + $2::int',
    parameters: [1],
    code: '08P01',
    says: /takes 2 parameters, 1 was given/,
  },
  'too many parameters': {
    sql: 'select $1::int',
    parameters: [1, 2, 3],
    code: '08P01',
    says: /takes 1 parameter, 3 were given/,
  },
  'a parameter whose type is not known': {
    sql: 'select $2',
    parameters: [1, 2],
    code: '42P18',
    says: /\$1/,
  },
};

describe('the statement’s fault', () => {
  test.each(Object.entries(WRONG))('%s', async (_name, { sql, parameters, code, says, more }) => {
    const error = await failureOf(db.query(sql, parameters, UNION));
    expect(error).toBeInstanceOf(SqlError);
    expect(error).toMatchObject({ name: 'SqlError', code, ...more });
    expect(error.message).toMatch(says);
    expect(error.stack).toContain('errors.slice.test.ts');
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;
  test.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /function/],
    ['a symbol', Symbol('s'), /symbol/],
    ['a circular object', circular, /circular/i],
    ['a bigint inside JSON', { big: 1n }, /BigInt/],
    ['a text with a zero character', 'a\0b', /zero character/],
    ['an array with such a text', ['a\0b'], /zero character/],
    ['an object without a JSON form', { toJSON: () => undefined }, /JSON/],
  ])('the parameter %s cannot be sent, and is named by its number', async (_name, value, says) => {
    const error = await failureOf(db.query('select $1::int, $2', [1, value], UNION));
    expect(error).toBeInstanceOf(SqlError);
    expect(error.code).toBe('MILLRACE_PARAMETER');
    expect(error.message).toMatch(/^Parameter \$2 /);
    expect(error.message).toMatch(says);
  });

  test.each([
    'copy t from stdin',
    'copy t (n) from stdin with (format binary)',
    'copy t to stdout',
    'copy (select * from t) to stdout with (format csv)',
  ])('%s is refused, with what works instead', async (sql) => {
    const error = await failureOf<UnsupportedError>(db.query(sql, [], UNION));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ code: 'MILLRACE_UNSUPPORTED', clause: 'COPY', position: 1 });
    expect(error.hint).toMatch(/select/i);
  });

  test('a statement over several shards that writes is refused, with what works instead', async () => {
    const error = await failureOf<UnsupportedError>(db.query('delete from zero_on_last'));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.clause).not.toBe('');
    expect(error.hint).toContain("mode: 'union'");
  });

  test('division by zero on one shard ends the statement on all, and names the shard', async () => {
    const sql = `select 1 / n as q, case when n = 1 then pg_sleep(6) end from zero_on_last`;
    const error = await failureOf<SqlError>(db.query(sql, [], UNION));
    expect(error).toBeInstanceOf(SqlError);
    expect(error).toMatchObject({ code: '22012', shard: `shard${servers.urls.length - 1}` });
  });
});

describe('a shard that is not like the others', () => {
  beforeEach(async () => {
    const last = servers.urls.length - 1;
    const either = (here: string, there: string) => (shard: number) =>
      shard === last ? there : here;
    await askAll(servers.urls, 'drop table if exists drift');
    await askAll(
      servers.urls,
      either(
        'create table drift (a int primary key, b varchar(10), c timestamp(3), d inet)',
        'create table drift (a int primary key, b varchar(20), c timestamp(6), d cidr, e int)',
      ),
    );
  });

  test.each<[string, string, readonly RegExp[]]>([
    ['the number of columns', 'select * from drift', [/\b4\b/, /5 columns/]],
    [
      'a length',
      'select a, b from drift',
      [/"b"/, /character varying\(10\)/, /character varying\(20\)/],
    ],
    ['a precision', 'select a, c from drift', [/"c"/, /timestamp/, /3/, /6/]],
    ['a type', 'select a, d from drift', [/"d"/, /inet/, /cidr/]],
    ['a column that others lack', 'select a, e from drift', [/"e"/]],
  ])('%s: the shard, the column and both types are named', async (_name, sql, says) => {
    const error = await failureOf<ShardError>(db.query(sql, [], UNION));
    expect(error).toBeInstanceOf(ShardError);
    expect(error.message).toMatch(/Shard 'shard\d'/);
    expect(error.message).toMatch(/shard '?shard\d/);
    for (const word of says) expect(error.message).toMatch(word);
  });

  test('nothing has run anywhere when the shapes of an INSERT … RETURNING differ', async () => {
    const error = await failureOf(
      db.query("insert into drift (a, b) values (1, 'x') returning a, b", [], UNION),
    );
    expect(error).toBeInstanceOf(ShardError);
    expect(error.code).toBe('MILLRACE_SCHEMA_DRIFT');
    const counts = await askAll(servers.urls, 'select count(*)::int as n from drift');
    expect(counts.map(({ rows }) => rows)).toEqual(servers.urls.map(() => [{ n: 0 }]));
  });

  test('a table that one shard lacks is that shard’s fault, and nothing has run on the others', async () => {
    await askAll(servers.urls.slice(-1), 'drop table drift');
    const error = await failureOf<ShardError>(
      db.query('insert into drift (a) values (1)', [], UNION),
    );
    expect(error).toBeInstanceOf(ShardError);
    expect(error).toMatchObject({ shard: `shard${servers.urls.length - 1}`, code: '42P01' });
    expect(error.message).toMatch(/"drift"/);
    expect(error.cause).toBeInstanceOf(SqlError);
    const counts = await askAll(servers.urls.slice(0, -1), 'select count(*)::int as n from drift');
    expect(counts.every(({ rows }) => rows[0]?.n === 0)).toBe(true);
  });
});
