import type { Batch } from '@millrace/batch';
import { describe, expect, it } from 'vitest';
import type { CombineOptions } from './combine-options.js';
import { combineStreams } from './combine-streams.js';

/** A stream that nobody may ask for anything. */
const untouched: AsyncIterable<Batch> = {
  [Symbol.asyncIterator]: () => {
    throw new Error('it was pulled');
  },
};

describe('combineStreams is not begun', () => {
  it.each<[unknown, RegExp]>([
    [null, /options must be an object/],
    [{ sort: [] }, /no option 'sort'/],
    [{ aggregates: { n: 'count' } }, /the sum of counts/],
    [{ aggregates: { n: 'toString' } }, /aggregates\.n: there are sum, /],
    [{ aggregates: ['n'] }, /must be an object/],
    [{ aggregates: {} }, /'aggregates' has no column/],
    [{ groupBy: ['n'], aggregates: { n: 'sum' } }, /in groupBy and in aggregates/],
    [{ groupBy: 'n' }, /list of columns/],
    [{ groupBy: ['n', 'n'] }, /'n' is in groupBy twice/],
    [{ groupBy: [] }, /'groupBy' has no column/],
    [{ distinct: true, groupBy: ['n'] }, /without groupBy/],
    [{ distinct: 1 }, /true or false/],
    [{ orderBy: 'n' }, /'orderBy' must be a list/],
    [{ orderBy: [{}] }, /orderBy\[0\] must have the name/],
    [{ orderBy: [null] }, /orderBy\[0\] must have the name/],
    [{ orderBy: [{ column: 'n', descending: 'yes' }] }, /true or false/],
    [{ limit: -1 }, /'limit' must be a whole number from 0/],
    [{ offset: 1.5 }, /'offset' must be a whole number from 0/],
    [{ batchRows: 0 }, /'batchRows' must be a whole number from 1/],
  ])('with the options %o', (options, message) => {
    expect(() => combineStreams([untouched], options as CombineOptions)).toThrow(message);
  });

  it.each<[unknown, RegExp]>([
    [[], /list of streams/],
    [untouched, /list of streams/],
    [[untouched, untouched], /streams\[1\] is in the list twice/],
    [[[]], /streams\[0\] must be a stream/],
  ])('with the streams %o', (streams, message) => {
    expect(() => combineStreams(streams as AsyncIterable<Batch>[])).toThrow(message);
  });

  it('with a signal or a time that cannot be', async () => {
    const next = (options: object) => combineStreams([untouched], options).next();
    await expect(next({ signal: {} })).rejects.toThrow(/'signal' must be/);
    await expect(next({ timeoutMs: 0 })).rejects.toThrow(/'timeoutMs' must be/);
    await expect(next({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'CancelledError',
    });
  });
});
