import { expect, test } from 'vitest';
import { readDuration } from './duration.js';

test.each([
  ['1500', 1_500],
  ['500ms', 500],
  ['1.5s', 1_500],
  ['2 min', 120_000],
  ['1h', 3_600_000],
])('%s', (text, expected) => {
  expect(readDuration(text)).toBe(expected);
});

test.each(['', '0', '-1s', 's', '5 days', '1m', '1e3', 'soon'])("'%s' is refused", (text) => {
  expect(() => readDuration(text)).toThrow(/write 500ms, 30s, 2min or 1h/);
});
