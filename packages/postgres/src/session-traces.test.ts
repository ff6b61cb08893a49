import { describe, expect, test } from 'vitest';
import { settingsInOptions } from './session-settings.js';
import { mayLeaveTraces } from './session-traces.js';

describe('mayLeaveTraces', () => {
  test.each([
    'select 1',
    '  VALUES (1)',
    '(select 1) union (select 2)',
    '-- a remark\nselect 1',
    '/* one */ /* two ** */ select 1',
    'with t as (select 1) select * from t',
    'show work_mem',
    "update t set name = 'x' returning id",
  ])('no: %s', (sql) => {
    expect(mayLeaveTraces(sql, 1)).toBe(false);
  });

  test.each([
    'set work_mem to 1',
    'reset all',
    '/* x */ SET ROLE y',
    'create temp table t (n int)',
    'listen c',
    'prepare p as select 1',
    'do $$ begin end $$',
    'call p()',
    'explain analyze create temp table t as select 1',
    "select set_config('work_mem', '1MB', false)",
    'select PG_ADVISORY_LOCK(1)',
    'select pg_try_advisory_lock_shared(1)',
    'insert into t select setseed(0.5)',
    String.raw`select U&"set\005fconfig"('work_mem', '1MB', false)`,
    '/* never closed',
    '',
  ])('yes: %s', (sql) => {
    expect(mayLeaveTraces(sql, 1)).toBe(true);
  });

  test('a select without columns has made a table, an insert has not', () => {
    expect(mayLeaveTraces('select 1 as n into temp t', 0)).toBe(true);
    expect(mayLeaveTraces('insert into t values (1)', 0)).toBe(false);
  });

  test('takes no long time for a long text', () => {
    const hostile = `${'/*'.repeat(50_000)}${' ('.repeat(50_000)}${'-'.repeat(50_000)}`;
    const startedAt = performance.now();
    expect(mayLeaveTraces(hostile, 1)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

test.each([
  [undefined, []],
  ['-c search_path=a,b', ['search_path']],
  ['-csearch_path=a -c  Work_Mem=1MB', ['search_path', 'work_mem']],
  ['--search-path=a', ['search_path']],
  ['-c other=search_path', ['other']],
])('options %j give the settings %j', (options, names) => {
  expect([...settingsInOptions(options)]).toEqual(names);
});
