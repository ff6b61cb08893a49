import { expect, test } from 'vitest';
import { type Question, topRows } from './questions.js';
import { formatCount, formatDuration, renderAnswer } from './tables.js';

const question: Question = {
  title: 'q',
  sql: '',
  byOrigin: true,
  rankedBy: 'late',
  limit: 2,
  units: { late: 'percent' },
};

test('the union of the shards’ answers is ranked again, with ties by origin, and cut', () => {
  const union = [
    { origin: 'B', late: 5 },
    { origin: 'C', late: 7 },
    { origin: 'A', late: 5 },
  ];
  expect(topRows(question, union).map(({ origin }) => origin)).toEqual(['C', 'A']);
});

test('a plain table has no escape sequences and bars in proportion', () => {
  const text = renderAnswer(
    question,
    [
      { origin: 'ATL', late: 20 },
      { origin: 'ORD', late: 10 },
    ],
    { fancy: false },
  );
  expect(text).toMatch(/ATL +20\.0 % +#{16} /);
  expect(text).toMatch(/ORD +10\.0 % +#{8} /);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
  expect(text).not.toMatch(/[\u001b\u2500-\u259f]/);
  expect(renderAnswer(question, [{ origin: 'ATL', late: 20 }], { fancy: true })).toContain(
    '█'.repeat(16),
  );
});

test('an empty answer is an empty table', () => {
  expect(renderAnswer(question, [], { fancy: false })).toBeTypeOf('string');
});

test('counts and durations read well', () => {
  expect(formatCount(3_000_000)).toBe('3,000,000');
  expect([0.4, 999, 999.9, 1240, 59_990, 125_000].map(formatDuration)).toEqual([
    '0 ms',
    '999 ms',
    '1.00 s',
    '1.24 s',
    '1 min 00 s',
    '2 min 05 s',
  ]);
});
