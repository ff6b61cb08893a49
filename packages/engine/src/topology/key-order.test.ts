import { type Cluster, startCluster } from '@millrace/embedded';
import { openConnection, type PostgresConnection, textLiteral } from '@millrace/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOrder } from './key-order.js';

let cluster: Cluster;
let connection: PostgresConnection;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  connection = await openConnection({
    url: cluster.urls[0]!,
    connectTimeoutMs: 20_000,
    session: {},
    readBytes: 0,
  });
});

afterAll(async () => {
  await connection?.close();
  await cluster?.stop();
});

/** Values in PostgreSQL's text, with equal ones among them. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  bool: ['t', 'f'],
  int2: ['0', '-1', '32767', '-32768', '9', '10'],
  int4: ['0', '7', '-7', '2147483647', '-2147483648', '10', '9'],
  int8: [
    '0',
    '9223372036854775807',
    '9223372036854775806',
    '-9223372036854775808',
    '9007199254740993',
    '9007199254740992',
    '12',
  ],
  oid: ['0', '4294967295', '16384'],
  float4: ['0', '-0', '1.1', '1.10000002', 'NaN', 'Infinity', '-Infinity', '-3.4e38', '1e-45'],
  float8: [
    '0',
    '-0',
    '1.1',
    '1e300',
    '-1e300',
    'NaN',
    'Infinity',
    '-Infinity',
    '5e-324',
    '0.1',
    '0.30000000000000004',
  ],
  numeric: [
    '0',
    '0.00',
    '-0.0',
    '1',
    '1.0',
    '1.000',
    '-1',
    '-1.0001',
    '0.1',
    '0.10',
    '0.09',
    '10',
    '9',
    '9.99',
    '99999999999999999999.5',
    '99999999999999999999.49',
    '1e-7',
    '0.0000001',
    '1e20',
    '100000000000000000000',
    'NaN',
    'Infinity',
    '-Infinity',
    '-0.5',
    '-0.05',
    '123.456e2',
  ],
  text: [
    '',
    'a',
    'b',
    'ab',
    'A',
    'ä',
    'z',
    '\ue000',
    '\uffff',
    '\u{1f600}',
    '\u{10000}',
    'a ',
    'zz',
  ],
  varchar: ['', 'a', 'B', 'é', 'e'],
  name: ['pg_class', 'pg_Class', ''],
  bpchar: ['a', 'a  ', 'b', '', '  ', 'ab '],
  bytea: ['\\x', '\\x00', '\\xff', '\\x00ff', '\\x7f'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    'a0eebc999c0b4ef8bb6d6bb9bd380a12',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  date: [
    '2000-01-01',
    '1999-12-31',
    '0044-03-15 BC',
    '0001-01-01',
    'infinity',
    '-infinity',
    '10000-01-01',
    '2004-02-29',
    '2004-03-01',
  ],
  timestamp: [
    '2000-01-01 00:00:00',
    '2000-01-01 00:00:00.000001',
    '1999-12-31 23:59:59.999999',
    'infinity',
    '-infinity',
    '0044-03-15 10:00:00 BC',
    '290000-01-01 00:00:00',
  ],
  timestamptz: [
    '2000-01-01 00:00:00+00',
    '2000-01-01 01:00:00+01',
    '1999-12-31 20:00:00-04:30',
    'infinity',
    '-infinity',
    '2000-01-01 00:00:00.5+00',
  ],
};

describe("values compare as PostgreSQL's do", () => {
  test.each(Object.entries(SAMPLES))('%s', async (type, samples) => {
    const { read, compare, exact } = keyOrder(type, true);
    expect(exact).toBe(true);
    const rows = samples.map((text, i) => `(${i}, ${textLiteral(text)}::${type})`).join(', ');
    const collate = ['text', 'varchar', 'bpchar'].includes(type) ? ' collate "C"' : '';
    const [answer] = await connection.command(
      `with s(i, v) as (values ${rows}) select string_agg(case when a.v${collate} < b.v${collate} then '<'
         when a.v${collate} = b.v${collate} then '=' else '>' end, '' order by a.i, b.i) from s a, s b`,
    );
    const values = samples.map((text) => read(text));
    const mine = values.flatMap((a) =>
      values.map((b) => ['<', '=', '>'][Math.sign(compare?.(a, b) ?? Number.NaN) + 1]),
    );
    expect(mine.join('')).toBe(answer);
    // Equal values are the same one, so that they are found in a map by their text.
    const same = values.flatMap((a) => values.map((b) => String(a) === String(b)));
    expect(same).toEqual([...(answer ?? '')].map((sign) => sign === '='));
  });
});

describe('values that the type has not', () => {
  test.each([
    ['int4', '1.5'],
    ['int4', 'x'],
    ['bool', 'perhaps'],
    ['numeric', '1,5'],
    ['numeric', ''],
    ['numeric', '.'],
    ['uuid', '12'],
    ['date', '2001-02-29'],
    ['timestamptz', '2001-02-03 04:05:06'],
    ['bytea', 'abc'],
    ['float8', 'x'],
  ])('%s %j', (type, text) => {
    expect(() => keyOrder(type, true).read(text)).toThrow();
  });
});

test('values as JavaScript has them are those of their text', () => {
  expect(keyOrder('int8', true).read(7)).toBe(keyOrder('int8', true).read('7'));
  expect(keyOrder('int4', true).read(7n)).toBe(keyOrder('int4', true).read('7'));
  expect(keyOrder('numeric', true).read(1e-7)).toBe('0.0000001');
  expect(keyOrder('numeric', true).read(2n ** 70n)).toBe('1180591620717411303424');
  expect(keyOrder('bool', true).read(true)).toBe(keyOrder('bool', true).read('t'));
  expect(keyOrder('bytea', true).read(Uint8Array.of(0, 255))).toBe('00ff');
  expect(keyOrder('timestamptz', true).read(new Date(Date.UTC(2000, 0, 1)))).toBe(0n);
});

test('of other types, and under a collation of its own idea of equality, only the same text is known to be equal', () => {
  expect(keyOrder('citext', true)).toMatchObject({ exact: false, compare: undefined });
  expect(keyOrder('text', false)).toMatchObject({ exact: false, compare: undefined });
  expect(keyOrder('mood', true).read('sad')).toBe('sad');
});
