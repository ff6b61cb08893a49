import { expect, test } from 'vitest';
import { Chooser } from './generator/chooser.js';
import { generateStatement, statementOf } from './generator/generate-statement.js';
import { EMPTY_SELECT, type Query, queryOf, renderQuery } from './generator/query.js';
import { generateSchema } from './generator/schema.js';
import { shrink } from './shrink.js';

const from = (source: Query | string, alias: string, join: string = '') => ({
  join,
  source,
  alias,
  condition: join === '' ? '' : 'on true',
});

/** Whether the statement's text has all of these. */
const has =
  (...texts: string[]) =>
  (query: Query): Promise<boolean> =>
    Promise.resolve(texts.every((text) => renderQuery(query).includes(text)));

test('everything goes that the failure does not need', async () => {
  const inner = queryOf(
    { ...EMPTY_SELECT, targets: ['a', 'bad'], from: [from('t', 'x')], where: ['a > 1'] },
    { order: ['a'], tail: ['limit 3'] },
  );
  const query = queryOf(
    {
      ...EMPTY_SELECT,
      distinct: 'distinct',
      targets: ['sum(q.a) as o0', 'q.b as o1'],
      from: [from(inner, 'q'), from('u', 'y', 'join')],
      where: ['q.a > 2', 'y.b'],
      group: ['q.b'],
      having: ['count(*) > 1'],
    },
    {
      order: ['1'],
      tail: ['limit 1', 'offset 2'],
      ctes: [{ name: 'c', hint: '', body: 'select 1' }],
    },
  );
  expect(renderQuery(await shrink(query, has('bad')))).toBe('select bad');
  expect(renderQuery(await shrink(query, has('having', 'offset')))).toBe(
    'select q.b as o1 having count(*) > 1 offset 2',
  );
});

test('a limit below the top keeps its order, and DISTINCT ON, too', async () => {
  const limited = queryOf(
    { ...EMPTY_SELECT, targets: ['a'], from: [from('t', 'x')] },
    { order: ['a', 'id'], tail: ['limit 3'] },
  );
  const outer = queryOf({ ...EMPTY_SELECT, targets: ['outer'], from: [from(limited, 'q')] });
  expect(renderQuery(await shrink(outer, has('outer', 'limit')))).toContain(
    'order by a, id limit 3',
  );
  const first = queryOf(
    { ...EMPTY_SELECT, distinct: 'distinct on (a)', targets: ['b'], from: [from('t', 'x')] },
    { order: ['a', 'id'] },
  );
  expect(renderQuery(await shrink(first, has('distinct on')))).toContain('order by a, id');
});

test('set operations fall apart into one arm', async () => {
  const arm = (target: string) => ({ ...EMPTY_SELECT, targets: [target] });
  const query: Query = {
    ...queryOf(arm('1')),
    arms: [arm('1'), arm('bad'), arm('3')],
    operators: ['union', 'except'],
  };
  expect(renderQuery(await shrink(query, has('bad')))).toBe('select bad');
  expect(renderQuery(await shrink(query, has('bad', '1')))).toBe('select 1 union select bad');
});

test('the same seed gives the same schema and the same statements', () => {
  const run = (seed: number): string[] => {
    const choose = new Chooser(seed);
    const schema = generateSchema(choose);
    const texts = Array.from({ length: 40 }, () => {
      const { sql, params } = statementOf(generateStatement(choose, schema), 'one');
      return `${sql} ${JSON.stringify(params)}`;
    });
    return [schema.setup, ...texts];
  };
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
});
