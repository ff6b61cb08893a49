import { expect, test } from 'vitest';
import { csvLine } from './csv.js';

test.each([
  [['a', null, ''], 'a,,""\n'],
  [['a,b', 'say "x"', 'two\nlines', 'cr\r'], '"a,b","say ""x""","two\nlines","cr\r"\n'],
  [[null], '\n'],
  [['\\.'], '"\\."\n'],
  [['\\.', 'b'], '\\.,b\n'],
  [[' blank '], ' blank \n'],
])('%j', (cells, expected) => {
  expect(csvLine(cells)).toBe(expected);
});
