import { describe, expect, it } from 'vitest';
import { ExasolProtocolError } from '../errors.js';
import {
  EXASOL_TYPE_NAMES,
  type ExasolType,
  exasolTypeSql,
  readExasolType,
  writeExasolType,
} from './exasol-type.js';

/** What servers send, what it is read as, and its words in SQL. */
const CASES: readonly (readonly [object, ExasolType, string])[] = [
  [{ type: 'BOOLEAN' }, { type: 'BOOLEAN' }, 'BOOLEAN'],
  [
    { type: 'CHAR', size: 3, characterSet: 'ASCII' },
    { type: 'CHAR', size: 3, characterSet: 'ASCII' },
    'CHAR(3) ASCII',
  ],
  [{ type: 'VARCHAR', size: 20 }, { type: 'VARCHAR', size: 20 }, 'VARCHAR(20)'],
  [
    { type: 'VARCHAR', size: 2_000_000, characterSet: 'UTF8' },
    { type: 'VARCHAR', size: 2_000_000, characterSet: 'UTF8' },
    'VARCHAR(2000000) UTF8',
  ],
  [{ type: 'DATE', size: 4 }, { type: 'DATE' }, 'DATE'],
  [
    { type: 'DECIMAL', precision: 18, scale: 0 },
    { type: 'DECIMAL', precision: 18, scale: 0 },
    'DECIMAL(18,0)',
  ],
  [{ type: 'DOUBLE' }, { type: 'DOUBLE' }, 'DOUBLE PRECISION'],
  [{ type: 'GEOMETRY', srid: 4326 }, { type: 'GEOMETRY', srid: 4326 }, 'GEOMETRY(4326)'],
  [{ type: 'GEOMETRY' }, { type: 'GEOMETRY' }, 'GEOMETRY'],
  [{ type: 'HASHTYPE', size: 32 }, { type: 'HASHTYPE', size: 32 }, 'HASHTYPE(16 BYTE)'],
  [
    { type: 'INTERVAL DAY TO SECOND', precision: 2, fraction: 3, size: 29 },
    { type: 'INTERVAL DAY TO SECOND', precision: 2, fraction: 3 },
    'INTERVAL DAY(2) TO SECOND(3)',
  ],
  [
    { type: 'INTERVAL YEAR TO MONTH', precision: 2, size: 13 },
    { type: 'INTERVAL YEAR TO MONTH', precision: 2 },
    'INTERVAL YEAR(2) TO MONTH',
  ],
  [{ type: 'TIMESTAMP', size: 8, withLocalTimeZone: false }, { type: 'TIMESTAMP' }, 'TIMESTAMP'],
  [{ type: 'TIMESTAMP', precision: 9 }, { type: 'TIMESTAMP', precision: 9 }, 'TIMESTAMP(9)'],
  [
    { type: 'TIMESTAMP', size: 8, withLocalTimeZone: true },
    { type: 'TIMESTAMP WITH LOCAL TIME ZONE' },
    'TIMESTAMP WITH LOCAL TIME ZONE',
  ],
  [
    { type: 'TIMESTAMP WITH LOCAL TIME ZONE', precision: 3, withLocalTimeZone: true },
    { type: 'TIMESTAMP WITH LOCAL TIME ZONE', precision: 3 },
    'TIMESTAMP(3) WITH LOCAL TIME ZONE',
  ],
];

describe('readExasolType', () => {
  it.each(CASES)('reads %j', (json, type, sql) => {
    expect(readExasolType(json)).toEqual(type);
    expect(exasolTypeSql(type)).toBe(sql);
    expect(readExasolType(writeExasolType(type))).toEqual(type);
  });

  it('has a case for every type of the list', () => {
    expect(new Set(CASES.map(([, { type }]) => type))).toEqual(new Set(EXASOL_TYPE_NAMES));
  });

  it.each([
    [undefined, /no data type/],
    [null, /no data type/],
    [{ type: 'JSON' }, /"JSON" is not known/],
    [{ type: 'constructor' }, /is not known/],
    [{}, /undefined is not known/],
    [{ type: 'DECIMAL', precision: 3 }, /DECIMAL came without its scale/],
    [{ type: 'VARCHAR' }, /VARCHAR came without its size/],
    [{ type: 'VARCHAR', size: '3' }, /"3" is no size of a VARCHAR/],
    [{ type: 'DECIMAL', precision: -1, scale: 0 }, /-1 is no precision/],
    [{ type: 'CHAR', size: 1, characterSet: 'LATIN1' }, /"LATIN1" is no characterSet/],
  ])('refuses %j', (json, message) => {
    expect(() => readExasolType(json)).toThrow(ExasolProtocolError);
    expect(() => readExasolType(json)).toThrow(message);
  });
});
