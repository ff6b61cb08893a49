/** Types of generated columns, each with a pool of values: few, so that they repeat, and with the odd ones among them. */
import type { Chooser } from './chooser.js';

/** Types that expressions treat alike. */
export type Family =
  | 'int'
  | 'big'
  | 'num'
  | 'float'
  | 'real'
  | 'text'
  | 'bool'
  | 'date'
  | 'time'
  | 'interval'
  | 'uuid'
  | 'enum'
  | 'json'
  | 'range'
  | 'array'
  | 'bytes';

export interface ColumnType {
  /** As it is written in `create table`. */
  readonly sql: string;
  readonly family: Family;
  /** The type's name where the column's own has a collation or more. */
  readonly cast: string;
  /** The text of a value. */
  value(choose: Chooser): string;
}

function type(
  sql: string,
  family: Family,
  value: ColumnType['value'] | readonly string[],
  cast: string = sql,
): ColumnType {
  if (typeof value === 'function') return { sql, family, cast, value };
  return { sql, family, cast, value: (choose) => choose.pick(value) };
}

const WORDS = ['', 'a', 'A', 'b', 'B', 'ä', 'Ä', 'zz', 'Zoo', 'straße', 'strasse', ' a', 'a ', '€'];

/** Floats are eighths: their sums are exact in whatever order they are taken. */
export const COLUMN_TYPES: readonly ColumnType[] = [
  type('int4', 'int', (choose) => String(choose.below(30) - 10)),
  type('int2', 'int', (choose) => String(choose.below(12) - 3)),
  type('score', 'int', (choose) => String(choose.below(6))),
  type('int8', 'big', ['9007199254740993', '9007199254740992', '-9007199254740993', '0', '7']),
  type('numeric', 'num', [
    '0',
    '1',
    '1.0',
    '1.00',
    '-2.5',
    '1234567890123456789.123',
    '0.001',
    '7',
  ]),
  type('numeric(10,2)', 'num', (choose) => String((choose.below(4000) - 2000) / 100)),
  type('float8', 'float', (choose) => String((choose.below(800) - 400) / 8)),
  type('float4', 'real', (choose) => String((choose.below(80) - 40) / 8)),
  type('text', 'text', WORDS),
  type('text collate german', 'text', WORDS, 'text'),
  type('varchar(12)', 'text', WORDS),
  type('bpchar(6)', 'text', ['', 'a', 'ab', 'AB', 'äb'], 'bpchar'),
  type('bool', 'bool', ['t', 'f']),
  type('date', 'date', ['2020-01-01', '2020-02-29', '1999-12-31', '2021-06-15', '0044-03-15 BC']),
  type('timestamp', 'time', [
    '2020-01-01 00:00',
    '2020-01-01 12:34:56.789012',
    '1999-12-31 23:59:59',
  ]),
  type('timestamptz', 'time', [
    '2020-01-01 00:00+00',
    '2020-01-01 02:00+02',
    '2019-07-01 10:00:00.5+00',
  ]),
  type('interval', 'interval', ['1 day', '24:00', '1 mon', '-3 days', '00:00:00.5']),
  type('uuid', 'uuid', [
    '00000000-0000-0000-0000-000000000001',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ]),
  type('mood', 'enum', ['sad', 'ok', 'happy']),
  type('jsonb', 'json', ['{"a": 1}', '{"a": 1, "b": [2]}', '1', 'null', '"x"', '[1, 2]']),
  type('int4range', 'range', ['[1,5)', 'empty', '(,3)', '[4,9)']),
  type('int4[]', 'array', ['{}', '{1,2}', '{1,NULL}', '{3}']),
  type('bytea', 'bytes', ['\\x', '\\x00', '\\xff01']),
];

/** Types of shard keys: many values, the lower ones more often. */
export const KEY_TYPES: readonly (readonly ColumnType[])[] = [
  [type('int4', 'int', (choose) => String(skewed(choose)))],
  [type('int8', 'big', (choose) => String(9007199254740980 + skewed(choose)))],
  [type('text', 'text', (choose) => `key ${skewed(choose)}`)],
  [
    type(
      'uuid',
      'uuid',
      (choose) => `00000000-0000-0000-0000-0000000000${String(skewed(choose)).padStart(2, '0')}`,
    ),
  ],
  [
    type('int4', 'int', (choose) => String(choose.below(5))),
    type('text', 'text', (choose) => `part ${choose.below(5)}`),
  ],
  [type('numeric', 'num', (choose) => `${skewed(choose)}${choose.pick(['', '.0', '.50'])}`)],
  [type('date', 'date', (choose) => `2020-03-${String(1 + skewed(choose)).padStart(2, '0')}`)],
];

function skewed(choose: Chooser): number {
  return choose.chance(0.3) ? 0 : Math.min(choose.below(25), choose.below(25));
}
