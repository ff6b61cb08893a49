/** A column for each type that aggregates are tried on, and texts of its values: plain ones, and extremes. */

import type { Seed } from '../support/seed.js';

export interface ValuePool {
  /** As it is declared. */
  readonly type: string;
  /** As `pg_type` names it. */
  readonly name: string;
  /** Bytes of its texts are its order. */
  readonly comparable: boolean;
  readonly values: readonly string[];
}

function pool(type: string, name: string, values: readonly string[], comparable = true): ValuePool {
  return { type, name, values, comparable };
}

const INT4 = ['-2147483648', '2147483647', '-1', '0', '1', '2', '3', '10', '12345', '99999999'];
const NUMERICS = [
  '0',
  '0.00',
  '1',
  '1.0',
  '1.000',
  '-1.50',
  '0.1',
  '0.0000001',
  '99999.99',
  '-99999.999',
  '123456789012345678901234567890.123456789',
  '9007199254740993',
  '1e-30',
  '7e40',
];

/** Numerics of up to so many digits before and after the point. */
export function randomNumerics({ below }: Seed, before: number, after: number): ValuePool {
  const digits = (count: number): string => Array.from({ length: count }, () => below(10)).join('');
  const values = Array.from({ length: 60 }, () => {
    const fraction = digits(below(after + 1));
    return `${below(2) === 0 ? '-' : ''}0${digits(below(before + 1))}${fraction && `.${fraction}`}`;
  });
  return pool('numeric', 'numeric', values);
}

export const FIXED_POOLS: readonly ValuePool[] = [
  pool('int2', 'int2', ['-32768', '32767', '-1', '0', '1', '2', '3', '10', '1234']),
  pool('int4', 'int4', INT4),
  pool('int8', 'int8', [
    ...INT4,
    '-9223372036854775808',
    '9223372036854775807',
    '9007199254740993',
  ]),
  pool('numeric', 'numeric', NUMERICS),
  pool('numeric(20,4)', 'numeric', [
    '0',
    '1',
    '1.5',
    '-2.25',
    '1234567890.1234',
    '9999999999999999',
  ]),
  pool('numeric', 'numeric', ['NaN', '1.50', '2', '3']),
  pool('numeric', 'numeric', ['Infinity', '1.50', '2', '3']),
  pool('numeric', 'numeric', ['-Infinity', 'Infinity', '1', '2', '3', '4']),
  pool('float8', 'float8', ['NaN', 'Infinity', '1', '2', '3', '4']),
  pool('float4', 'float4', ['-Infinity', 'Infinity', '1', '2', '3', '4']),
  pool('float4', 'float4', ['0', '-0', '1', '0.1', '-2.5', '1234.5', '1e-20', '3e4', '100']),
  pool('float8', 'float8', ['0', '-0', '1', '0.1', '-2.5', '1234.5678', '1e-20', '3e4', '1e5']),
  pool('bool', 'bool', ['t', 'f', 't']),
  pool('text collate "C"', 'text', ['', 'a', 'b', 'ab', 'Zürich', 'zürich', '日本', 'abcdefghij']),
  pool('varchar(12) collate "C"', 'varchar', ['', 'a', 'B', 'ä', 'abcdefghijkl']),
  pool('char(10) collate "C"', 'bpchar', ['', 'a', 'b', 'ab', 'abcdefghij']),
  pool('date', 'date', ['-infinity', 'infinity', '2001-01-01', '4713-01-01 BC', '1969-12-31']),
  pool('timestamp', 'timestamp', ['-infinity', '2001-01-01 12:00', '294276-12-31', '1969-12-31']),
  pool('timestamptz', 'timestamptz', [
    'infinity',
    '2001-01-01 12:00',
    '294276-12-31',
    '1900-01-01',
  ]),
  pool('bit(5)', 'bit', ['10101', '00111', '11111'], false),
  pool('interval', 'interval', ['1 day', '-3 hours', '1 mon 2 days', '90 days', '1.5 secs'], false),
  pool('money', 'money', ['1.00', '-2.50', '1000.25'], false),
  pool('inet', 'inet', ['10.0.0.1', '9.255.0.0/16', '::1'], false),
  pool('int4[]', '_int4', ['{1,2}', '{}', '{10}'], false),
  pool('time', 'time', ['00:00', '24:00', '12:30:01.5'], false),
  pool('oid', 'oid', ['0', '4294967295', '16384']),
];
