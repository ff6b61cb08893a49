import { describe, expect, it } from 'vitest';
import { postgresName, swapName } from './names.js';
import { tokenize } from './tokens.js';
import { translate } from './translate.js';

const words = { sessionId: 1_800_000_000_000_000_001n, user: 'sys', schema: 'S' };
const postgres = (sql: string): string => translate(tokenize(sql), words);

describe('translate', () => {
  it.each([
    ["SELECT a, 'x' FROM s.t WHERE b = ''", "SELECT a, 'x' FROM s.t WHERE b = NULL"],
    ['INSERT INTO t VALUES (?, ?)', 'INSERT INTO t VALUES ($1, $2)'],
    ["SELECT '?' -- ?\n, ?", "SELECT '?' -- ?\n, $1"],
    [
      '(a INT, b DECIMAL(9,2), c DECIMAL, d DOUBLE)',
      '(a numeric(18,0), b numeric(9,2), c numeric(18,0), d double precision)',
    ],
    ['d DOUBLE PRECISION, h HASHTYPE', 'd DOUBLE PRECISION, h uuid'],
    ['v VARCHAR(10) UTF8, c CHAR(3) ASCII', 'v VARCHAR(10) , c CHAR(3) '],
    ['ts TIMESTAMP WITH LOCAL TIME ZONE', 'ts TIMESTAMP WITH  TIME ZONE'],
    ['SELECT NVL(a, 1) MINUS SELECT 2', 'SELECT coalesce(a, 1) except SELECT 2'],
    ['SELECT t.int, t.double', 'SELECT t.int, t.double'],
    ['SELECT CURRENT_SESSION', 'SELECT 1800000000000000001::numeric(20,0)'],
    ['SELECT CURRENT_USER, CURRENT_SCHEMA', "SELECT 'SYS'::varchar(128), 'S'::varchar(128)"],
    ['SELECT "USERS"."mixedCase", "low"', 'SELECT "users"."mixedCase", "LOW"'],
    [
      'SELECT * FROM (VALUES BETWEEN 1 AND 9 WITH STEP 2)',
      'SELECT * FROM (SELECT n::numeric(18,0) AS range_value FROM generate_series(1, 9, 2) AS g (n))',
    ],
  ])('%s', (exasol, expected) => {
    expect(postgres(exasol)).toBe(expected);
  });
});

describe('names', () => {
  it.each(['USERS', 'users', 'Users', 'A_1', '_', 'ÄÖ', 'ß'])(
    '%s come back as they were',
    (name) => {
      expect(swapName(swapName(name))).toBe(name);
    },
  );

  it('are quoted for PostgreSQL', () => {
    expect(postgresName('A"B')).toBe('"a""b"');
  });
});
