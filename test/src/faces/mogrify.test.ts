/** What `mogrify` writes is what `execute` sends: the servers answer both alike. */
import { ParallelConnection } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

let servers: Awaited<ReturnType<typeof startShards>>;
let pdb: ParallelConnection;

beforeAll(async () => {
  servers = await startShards(1);
  pdb = await ParallelConnection.connect(servers.urls, { autocommit: true });
});
afterAll(async () => {
  await pdb?.close();
  await servers?.stop();
});

describe('mogrify', () => {
  test.each<[string, unknown]>([
    ['int', -7],
    ['int8', 9223372036854775807n],
    ['numeric', 1.25],
    ['float8', Number.NaN],
    ['text', "O'Brien \\ %s"],
    ['bool', true],
    ['bytea', Buffer.from([0, 92, 255])],
    ['timestamptz', new Date('2001-02-03T04:05:06.789Z')],
    [
      'int[]',
      [
        [1, null],
        [3, 4],
      ],
    ],
    ['text[]', []],
    ['text[]', ["a'b", null, '\\']],
    ['jsonb', { a: [1, { b: "c'" }] }],
    ['text', null],
  ])('writes a value of type %s as execute sends it', async (type, value) => {
    const c = pdb.cursor();
    const sql = `select %s::${type}, %s::${type} is null, 5 %% 3`;
    await c.execute(sql, [value, value]);
    const sent = await c.fetchall();
    await c.execute(await c.mogrify(sql, [value, value]));
    expect(await c.fetchall()).toEqual(sent);
    expect(sent).toEqual([[sent[0]?.[0], value === null, 2]]);
  });

  test('serves statements that take no parameters', async () => {
    const c = pdb.cursor();
    const sql = 'create temporary table d (n int default %(n)s)';
    expect(await failureOf(c.execute(sql, { n: 5 }))).toMatchObject({ name: 'SqlError' });
    const text = await c.mogrify(sql, { n: 5 });
    expect(text).toBe('create temporary table d (n int default 5)');
    await c.execute(text);
    await c.execute('insert into d default values returning n');
    expect(await c.fetchone()).toEqual([5]);
  });

  test('says what cannot be written', async () => {
    const c = pdb.cursor();
    expect(await failureOf(c.mogrify('%s', [() => 1]))).toMatchObject({
      name: 'SqlError',
      code: 'MILLRACE_PARAMETER',
    });
    expect((await failureOf(c.mogrify('%s', []))).message).toMatch(/0 values given/);
    expect(await c.mogrify('50%')).toBe('50%');
  });
});
