import { ColumnConsumer } from '../checksum/column-consumer.js';
import { arrowViews } from '../checksum/column-view.js';
import { gatherQuery } from '../dataset/gather-columns.js';
import type { Contender } from '../peers/contender.js';
import { connectReady } from './engine.js';

/** `db.arrow()`: the whole result as one Apache Arrow table. */
export const contender: Contender = {
  async open({ urls }) {
    const database = await connectReady(urls);
    return {
      async gather(purpose) {
        const table = await database.arrow(gatherQuery, [], { mode: 'union' });
        const consumer = new ColumnConsumer(purpose);
        for (const batch of table.batches) consumer.add(arrowViews(batch.data.children));
        return consumer.result();
      },
      close: () => database.close(),
    };
  },
};
