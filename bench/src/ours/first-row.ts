import { gatherTable } from '../dataset/gather-columns.js';
import type { FirstRowContender } from '../end-to-end/latency-run.js';
import { connectEngine } from './engine.js';

/** `connect()` and one `query()` of one row a shard, as a program that has just started would. */
export const contender: FirstRowContender = {
  async firstRow(urls) {
    const database = await connectEngine({ shards: urls });
    const { rows } = await database.query(`select id from ${gatherTable} limit 1`, [], {
      mode: 'union',
    });
    if (rows.length !== urls.length) throw new Error(`${rows.length} rows came of ${urls.length}`);
    return { close: () => database.close() };
  },
};
