/** What a real server sends becomes exactly the value that was written in SQL. */

import type { Value } from '@millrace/batch';
import { type Cluster, startCluster } from '@millrace/embedded';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConnection } from '../open-connection.js';
import type { PostgresConnection } from '../postgres-connection.js';
import { addressOf, runSql, selectLiterals } from '../testing/run-sql.js';

let cluster: Cluster;
let connection: PostgresConnection;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  connection = await openConnection(addressOf(cluster.urls[0]!));
  await connection.command(
    "create type mood as enum ('sad', 'fröhlich'); create domain price as numeric(12,2); create domain word as text",
  );
});

afterAll(async () => {
  await connection?.close();
  await cluster?.stop();
});

async function valuesOf(type: string, literals: readonly (string | null)[]): Promise<Value[]> {
  const rows = (await runSql(connection, selectLiterals(type, literals))).exact();
  return rows.map(([value]) => value as Value);
}

const DAY = 86_400_000_000n;
const NINES = '9'.repeat(38);

const CASES: readonly (readonly [string, readonly (readonly [string | null, Value])[]])[] = [
  [
    'bool',
    [
      ['t', true],
      ['f', false],
      [null, null],
    ],
  ],
  [
    'int2',
    [
      ['-32768', -32768],
      ['32767', 32767],
      [null, null],
      ['0', 0],
    ],
  ],
  [
    'int4',
    [
      ['-2147483648', -2147483648],
      ['2147483647', 2147483647],
      [null, null],
    ],
  ],
  [
    'int8',
    [
      ['-9223372036854775808', -(2n ** 63n)],
      ['9223372036854775807', 2n ** 63n - 1n],
      ['4294967296', 2n ** 32n],
      [null, null],
    ],
  ],
  [
    'oid',
    [
      ['0', 0],
      ['4294967295', 4294967295],
      ['2147483648', 2147483648],
    ],
  ],
  [
    'float4',
    [
      ['-0', -0],
      ['NaN', NaN],
      ['Infinity', Infinity],
      ['-Infinity', -Infinity],
      ['1e-45', 2 ** -149],
      ['3.4028235e38', 3.4028234663852886e38],
      ['0.1', Math.fround(0.1)],
    ],
  ],
  [
    'float8',
    [
      ['-0', -0],
      ['NaN', NaN],
      ['Infinity', Infinity],
      ['-Infinity', -Infinity],
      ['5e-324', 5e-324],
      ['1.7976931348623157e308', Number.MAX_VALUE],
      ['0.1', 0.1],
    ],
  ],
  [
    'numeric(12,2)',
    [
      ['0', '0.00'],
      ['-0.01', '-0.01'],
      ['9999999999.99', '9999999999.99'],
      ['NaN', 'NaN'],
      [null, null],
    ],
  ],
  [
    'numeric(38,0)',
    [
      [NINES, NINES],
      [`-${NINES}`, `-${NINES}`],
      ['0', '0'],
      ['9007199254740993', '9007199254740993'],
    ],
  ],
  [
    'numeric(38,38)',
    [
      [`0.${NINES}`, `0.${NINES}`],
      [`-0.${NINES}`, `-0.${NINES}`],
      ['0', `0.${'0'.repeat(38)}`],
    ],
  ],
  [
    'numeric(1,0)',
    [
      ['-9', '-9'],
      ['9', '9'],
      ['0.4', '0'],
    ],
  ],
  [
    'numeric(5,-2)',
    [
      ['12345', '12300'],
      ['-50', '-100'],
    ],
  ],
  ['numeric(3,5)', [['0.00123', '0.00123']]],
  ['numeric(39,1)', [[`${NINES}.5`, `${NINES}.5`]]],
  [
    'numeric',
    [
      ['NaN', 'NaN'],
      ['Infinity', 'Infinity'],
      ['-Infinity', '-Infinity'],
      ['1.10', '1.10'],
      [`-1${'0'.repeat(999)}.5`, `-1${'0'.repeat(999)}.5`],
      [null, null],
    ],
  ],
  [
    'price',
    [
      ['1.5', '1.50'],
      [null, null],
    ],
  ],
  [
    'text',
    [
      ['', ''],
      ['日本 \u{1f682} ü', '日本 \u{1f682} ü'],
      [null, null],
      ['x'.repeat(5000), 'x'.repeat(5000)],
    ],
  ],
  [
    'varchar(3)',
    [
      ['abcd', 'abc'],
      ['', ''],
    ],
  ],
  [
    'char(5)',
    [
      ['ab', 'ab   '],
      ['', '     '],
    ],
  ],
  ['name', [['pg_class', 'pg_class']]],
  [
    '"char"',
    [
      ['x', 'x'],
      ['', ''],
    ],
  ],
  ['word', [['wort', 'wort']]],
  [
    'mood',
    [
      ['fröhlich', 'fröhlich'],
      [null, null],
    ],
  ],
  [
    'bytea',
    [
      ['\\x', new Uint8Array()],
      ['\\x00ff80', Uint8Array.of(0, 255, 128)],
      [null, null],
    ],
  ],
  [
    'date',
    [
      ['1970-01-01', 0],
      ['1969-12-31', -1],
      ['infinity', 0x7fffffff],
      ['-infinity', -0x80000000],
      ['4714-11-24 BC', -2_440_588],
      ['5874897-12-31', 2_145_042_905],
    ],
  ],
  [
    'timestamp',
    [
      ['1970-01-01', 0n],
      ['1969-12-31 23:59:59.999999', -1n],
      ['2000-01-01', 10_957n * DAY],
      ['infinity', 2n ** 63n - 1n],
      ['-infinity', -(2n ** 63n)],
      ['4714-11-24 00:00:00 BC', -2_440_588n * DAY],
      ['294246-12-31 23:59:59.999999', 106_751_982n * DAY - 1n],
    ],
  ],
  [
    'timestamptz',
    [
      ['1970-01-01 01:00:00.000001+01', 1n],
      ['infinity', 2n ** 63n - 1n],
      ['2024-02-29 12:00:00-05', 19_782n * DAY + 61_200_000_000n],
    ],
  ],
  [
    'uuid',
    [
      ['01234567-89AB-cdef-fedc-ba9876543210', '01234567-89ab-cdef-fedc-ba9876543210'],
      [null, null],
    ],
  ],
  ['json', [['{"a": [1, null]}', '{"a": [1, null]}']]],
  ['jsonb', [['{"b":1,  "a":2}', '{"a": 2, "b": 1}']]],
  ['interval', [['1 year -2 days 03:04:05.678', '1 year -2 days +03:04:05.678']]],
  [
    'int4[]',
    [
      ['{1,NULL,3}', '{1,NULL,3}'],
      ['{}', '{}'],
    ],
  ],
  [
    'int4range',
    [
      ['[1,5)', '[1,5)'],
      ['empty', 'empty'],
    ],
  ],
  ['inet', [['10.0.0.1/8', '10.0.0.1/8']]],
  [
    'time',
    [
      ['24:00:00', '24:00:00'],
      ['01:02:03.000004', '01:02:03.000004'],
    ],
  ],
  ['timetz', [['01:02:03+05:30', '01:02:03+05:30']]],
  ['bit(4)', [['1010', '1010']]],
  ['point', [['(1.5,-2)', '(1.5,-2)']]],
  ['tsvector', [['a:1 b:2', "'a':1 'b':2"]]],
  ['pg_lsn', [['16/B374D848', '16/B374D848']]],
  ['regclass', [['pg_class', 'pg_class']]],
];

describe('values written in SQL come back exactly', () => {
  test.each(CASES)('%s', async (type, pairs) => {
    // NaN among numbers needs toEqual, and -0 is told apart by it.
    expect(
      await valuesOf(
        type,
        pairs.map(([literal]) => literal),
      ),
    ).toEqual(pairs.map(([, value]) => value));
  });
});

describe('random values come back exactly', () => {
  test('int8', async () => {
    const samples = fc.sample(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), {
      numRuns: 500,
      seed: 1,
    });
    expect(await valuesOf('int8', samples.map(String))).toEqual(samples);
  });

  test('float8', async () => {
    const samples = fc.sample(fc.double(), { numRuns: 500, seed: 2 });
    expect(
      await valuesOf(
        'float8',
        samples.map((value) => (Object.is(value, -0) ? '-0' : String(value))),
      ),
    ).toEqual(samples);
  });

  test('timestamp', async () => {
    const limit = 253_402_300_799_999_999n;
    const samples = fc.sample(fc.bigInt({ min: -62_135_596_800_000_000n, max: limit }), {
      numRuns: 500,
      seed: 3,
    });
    const texts = samples.map((micros) => {
      const ms = micros >= 0n ? micros / 1000n : -((-micros + 999n) / 1000n);
      return `${new Date(Number(ms)).toISOString().slice(0, -1)}${String(micros - ms * 1000n).padStart(3, '0')}`;
    });
    expect(await valuesOf('timestamp', texts)).toEqual(samples);
  });

  test.each([
    [5, 2],
    [15, 0],
    [16, 4],
    [18, 18],
    [30, 6],
    [38, 19],
  ])('numeric(%i,%i)', async (precision, scale) => {
    const limit = 10n ** BigInt(precision) - 1n;
    const samples = fc.sample(fc.bigInt({ min: -limit, max: limit }), {
      numRuns: 300,
      seed: precision,
    });
    const texts = samples.map((value, i) => {
      const cut = value / 10n ** BigInt(i % precision);
      const digits = String(cut < 0n ? -cut : cut).padStart(scale + 1, '0');
      const point = digits.length - scale;
      return `${cut < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
    });
    expect(await valuesOf(`numeric(${precision},${scale})`, texts)).toEqual(texts);
  });
});
