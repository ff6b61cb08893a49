import { expect, test } from 'vitest';
import { splitShardList } from './shard-list.js';

test.each([
  ['postgres://a/x,postgres://b/x', ['postgres://a/x', 'postgres://b/x']],
  [' postgres://a/x , postgresql://b/x,', ['postgres://a/x', 'postgresql://b/x']],
  ['postgres://u:p,q@a/x,postgres://b/x', ['postgres://u:p,q@a/x', 'postgres://b/x']],
  ['postgres://a:1,b:2/x', ['postgres://a:1,b:2/x']],
  ['', []],
  [' , ', []],
])("'%s'", (text, expected) => {
  expect(splitShardList(text)).toEqual(expected);
});
