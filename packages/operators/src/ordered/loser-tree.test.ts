import { expect, test } from 'vitest';
import { SEED, seededBelow } from '../testing/random-rows.js';
import { LoserTree } from './loser-tree.js';

test(`merges any number of sorted lists (seed ${SEED})`, () => {
  const below = seededBelow(SEED);
  for (let lists = 1; lists <= 20; lists++) {
    const sorted = Array.from({ length: lists }, () =>
      Array.from({ length: below(30) }, () => below(50)).sort((a, b) => a - b),
    );
    const places = sorted.map(() => 0);
    const at = (list: number): number => sorted[list]![places[list]!] ?? Number.POSITIVE_INFINITY;
    const tree = new LoserTree(lists, (a, b) => at(a) < at(b));
    tree.build();
    const merged: number[] = [];
    while (at(tree.winner) !== Number.POSITIVE_INFINITY) {
      merged.push(at(tree.winner));
      places[tree.winner]!++;
      tree.replay();
    }
    expect(merged, `${lists} lists`).toEqual(sorted.flat().sort((a, b) => a - b));
  }
});

test('asks for no more than a comparison a level when the winner moves on', () => {
  let asked = 0;
  const tree = new LoserTree(64, (a, b) => {
    asked++;
    return a < b;
  });
  tree.build();
  expect(asked).toBe(63);
  asked = 0;
  tree.replay();
  expect(asked).toBe(6);
});
