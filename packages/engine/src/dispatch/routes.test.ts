import { describe, expect, test } from 'vitest';
import { readShards } from '../topology/shards.js';
import { Routes } from './routes.js';

const shards = readShards([
  'postgres://u@a/x',
  { url: 'postgres://u@b/x', replicas: ['postgres://u@c/x', 'postgres://u@d/x'] },
]);
const READS = [
  'select 1',
  ' \n(SELECT 1) union all (select 2)',
  '-- which?\n/* all * of them */ with a as (select 1) table a',
  'values (1)',
  'table t',
  'show timezone',
];
const OTHERS = ['insert into t values (1)', 'selection', 'begin', '', '-- select', 'call f()'];

describe('the servers that a statement may go to', () => {
  test.each(READS)('all in order, where it reads and the first answers: %s', (sql) => {
    const routes = new Routes(shards, 'fallback');
    expect([routes.servers(1, sql), routes.servers(1, sql)]).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(routes.servers(0, sql)).toEqual([0]);
  });

  test.each(OTHERS)('the first alone, where it may write: %j', (sql) => {
    for (const reads of ['fallback', 'round-robin'] as const)
      expect(new Routes(shards, reads).servers(1, sql)).toEqual([0]);
  });

  test('each in turn, where that is asked for', () => {
    const routes = new Routes(shards, 'round-robin');
    const turns = Array.from({ length: 4 }, () => routes.servers(1, 'select 1'));
    expect(turns).toEqual([
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 2],
    ]);
  });
});
