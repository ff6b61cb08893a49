import { describe, expect, test } from 'vitest';
import { readTableOption } from './table-option.js';

describe('--table', () => {
  test.each([
    ['flights=origin', ['flights', { key: 'origin' }]],
    ['sales.orders = customer + region', ['sales.orders', { key: ['customer', 'region'] }]],
    ['airports=replicated', ['airports', 'replicated']],
    ['replicated=replicated+at', ['replicated', { key: ['replicated', 'at'] }]],
    ['odd=a=b', ['odd', { key: 'a=b' }]],
  ])('%s', (text, expected) => {
    expect(readTableOption(text)).toEqual(expected);
  });

  test.each(['flights', '=origin', 'flights=', 'flights=a+', 'flights=+a', ''])(
    "'%s' is refused with what it must look like",
    (text) => {
      expect(() => readTableOption(text)).toThrow(/name=column/);
    },
  );
});
