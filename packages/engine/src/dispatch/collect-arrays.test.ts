/** Rows of one round as parameters of the next: the server must read the values that it gave. */
import { startCluster } from '@millrace/embedded';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  failureOf,
  GATHER,
  NumberShards,
  ORDERED,
  SHARDS,
  stepOf,
} from '../testing/number-shards.js';
import { ArraysLimitError } from './arrays-limit-error.js';
import { type CollectedArrays, collectArrays } from './collect-arrays.js';
import type { Dispatcher } from './dispatcher.js';
import { readValues, smallStatement } from './small-statement.js';

const NEVER = new AbortController().signal;
const LIMITS = { maxRows: 1_000_000, maxBytes: 100_000_000 };

let shards: NumberShards;
let dispatcher: Dispatcher;

beforeAll(async () => {
  shards = await NumberShards.start(await startCluster({ shards: SHARDS.length }));
});
afterAll(() => shards?.stop());
beforeEach(async () => {
  dispatcher = await shards.open();
});
afterEach(() => shards.closeAll());

function collect(step: Parameters<typeof stepOf>, limits = LIMITS): Promise<CollectedArrays> {
  const [sql, merge, on = [0]] = step;
  const request = smallStatement(0, sql, NEVER);
  return collectArrays(dispatcher, { ...request, step: stepOf(sql, merge, on), arrays: limits });
}

type ArrayCase = readonly [type: string, values: readonly string[], sent: string | undefined];

/** Values of every layout at their edges, in the server's own words, and how their type travels to `unnest`. */
const CASES: readonly ArrayCase[] = [
  ['bool', ['true', 'false'], undefined],
  ['int2', ['-32768', '0', '32767'], undefined],
  ['int4', ['-2147483648', '2147483647'], undefined],
  ['oid', ['0', '4294967295'], undefined],
  ['int8', ['-9223372036854775808', '9007199254740993', '9223372036854775807'], undefined],
  [
    'float4',
    [
      '0.1',
      '-0',
      'NaN',
      'Infinity',
      '-Infinity',
      '1e-45',
      '3.4028235e38',
      '16777216',
      '1.17549435e-38',
    ],
    undefined,
  ],
  [
    'float8',
    [
      '0.1',
      '-0',
      'NaN',
      'Infinity',
      '-Infinity',
      '5e-324',
      '1.7976931348623157e308',
      '1e21',
      '0.3333333333333333',
    ],
    undefined,
  ],
  ['numeric', ['NaN', 'Infinity', '-Infinity', '0.00', '-1.50', '1e130', '1e-130'], undefined],
  [
    'numeric(38,10)',
    ['NaN', '-1234567890123456789012345678.0123456789', '0', '0.0000000001'],
    undefined,
  ],
  [
    'date',
    [
      'infinity',
      '-infinity',
      '4713-01-01 BC',
      '0044-03-15 BC',
      '0001-01-01',
      '1969-12-31',
      '2024-02-29',
      '5874897-12-31',
    ],
    undefined,
  ],
  [
    'timestamp',
    [
      'infinity',
      '-infinity',
      '4713-01-01 00:00:00 BC',
      '0044-03-15 01:02:03.000004 BC',
      '1969-12-31 23:59:59.999999',
      '12345-06-07 08:09:10.000001',
      '294276-12-31 23:59:59.999999',
    ],
    undefined,
  ],
  [
    'timestamptz',
    [
      'infinity',
      '-infinity',
      '4713-01-01 00:00:00+00 BC',
      '1969-12-31 23:59:59.999999+00',
      '2024-02-29 12:00:00.5+13:45',
      '294276-12-31 23:59:59.999999+00',
    ],
    undefined,
  ],
  [
    'uuid',
    ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    undefined,
  ],
  ['bytea', ['', '\\x00ff5c22', '\\x7b2c7d'], undefined],
  [
    'text',
    ['', 'NULL', 'null', 'a"b', 'c\\d', '{e,f}', ' g ', 'h\ni', 'ü€😀', "it's", '\\"'],
    undefined,
  ],
  ['char(5)', ['a', '', '"'], undefined],
  ['interval', ['1 year -2 days 03:04:05.6', '-00:00:00.000001'], undefined],
  ['jsonb', ['{"a": [1, null, "x\\\\y\\"z"]}', 'null'], undefined],
  ['int4[]', ['{}', '{1,NULL,3}', '{{1,2},{3,4}}'], 'text'],
  ['text[]', ['{}', '{NULL,"NULL","a\\"b,{}"}'], 'text'],
  ['int4range', ['empty', '[1,5)', '(,)'], 'text'],
];

const literal = (text: string): string =>
  `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

describe('a server reads back what it gave', () => {
  test.each(CASES)('%s', async (type, values, as) => {
    const sent = as ?? type.replace(/\(.*/, '');
    const list = [...values.map((value) => `(${literal(value)}::${type})`), `(null::${type})`].join(
      ', ',
    );
    const given = `select v as k from (values ${list}) as given(v)`;
    const { literals, rowCount } = await collect([given, { ...GATHER, columns: [0] }]);
    expect(rowCount).toBe(values.length + 1);
    const sql = `select v::${type}::text from unnest($1::${sent === 'char' ? 'bpchar' : sent}[]) as v`;
    const read = await readValues(
      await dispatcher.start({
        ...smallStatement(0, sql, NEVER),
        parameters: [literals[0] as string],
      }),
    );
    const expected = await readValues(
      await dispatcher.start(smallStatement(0, `select k::text from (${given}) as g`, NEVER)),
    );
    expect(read).toEqual(expected);
  });
});

describe('rows of several shards', () => {
  test('come in the order of their merge', async () => {
    const { columns, literals, rowCount, execution } = await collect([
      'select k, v from t where k < 6 order by k',
      ORDERED,
      SHARDS,
    ]);
    expect(columns.map(({ name }) => name)).toEqual(['k', 'v']);
    expect([literals, rowCount]).toEqual([['{0,1,2,3,4,5}', '{0,10,20,30,40,50}'], 6]);
    expect(execution.operators()).toMatchObject([{ name: 'merge', rowsIn: 6, rowsOut: 6 }]);
  });

  test('and none', async () => {
    const { literals, rowCount } = await collect([
      'select k, v from t where false',
      GATHER,
      SHARDS,
    ]);
    expect([literals, rowCount]).toEqual([['{}', '{}'], 0]);
  });

  test('are gathered where there is no merge', async () => {
    const request = smallStatement(0, 'select k, v from t where k < 4', NEVER);
    const { parts } = stepOf('select k, v from t where k < 4', GATHER);
    const { literals } = await collectArrays(dispatcher, {
      ...request,
      step: { parts },
      arrays: LIMITS,
    });
    expect(literals[0]?.slice(1, -1).split(',').sort()).toEqual(['0', '1', '2', '3']);
    expect(literals).toHaveLength(2);
  });

  test.each([
    ['rows', { ...LIMITS, maxRows: 99 }],
    ['bytes', { ...LIMITS, maxBytes: 300 }],
  ])('fail when there are too many %s, and say how many there were', async (_, limits) => {
    const error = await failureOf(collect(['select k, v from t', GATHER, SHARDS], limits));
    expect(error).toBeInstanceOf(ArraysLimitError);
    const { code, rowCount, byteCount } = error as ArraysLimitError;
    expect(code).toBe('MILLRACE_ARRAYS_LIMIT');
    expect(rowCount > limits.maxRows || byteCount > limits.maxBytes).toBe(true);
    await shards.untilIdle();
  });

  test('a sum out of its range is the statement’s error', async () => {
    const combine = {
      kind: 'aggregate',
      keys: [],
      accumulators: [{ kernel: 'sum int8', columns: [0] }],
    } as const;
    const step = [
      'select 9223372036854775807 as k',
      { ...GATHER, combine, columns: [0] },
      SHARDS,
    ] as const;
    const error = await failureOf(collect([step[0], step[1], step[2]]));
    expect(error).toMatchObject({ name: 'SqlError', code: '22003' });
  });
});
