import { ColumnConsumer } from '../checksum/column-consumer.js';
import { batchViews } from '../checksum/column-view.js';
import { gatherQuery } from '../dataset/gather-columns.js';
import type { Contender } from '../peers/contender.js';
import { connectReady } from './engine.js';

/** `db.stream()`: columnar batches as they arrive, each dropped before the next. */
export const contender: Contender = {
  async open({ urls }) {
    const database = await connectReady(urls);
    return {
      async gather(purpose) {
        const consumer = new ColumnConsumer(purpose);
        for await (const batch of database.stream(gatherQuery, [], { mode: 'union' }))
          consumer.add(batchViews(batch));
        return consumer.result();
      },
      close: () => database.close(),
    };
  },
};
