import { consumeRows } from '../checksum/row-consumer.js';
import { gatherQuery } from '../dataset/gather-columns.js';
import type { Contender } from '../peers/contender.js';
import { connectReady } from './engine.js';

/** `db.query()`: the whole result as row objects with the values that `pg` gives. */
export const contender: Contender = {
  async open({ urls }) {
    const database = await connectReady(urls);
    return {
      async gather(purpose) {
        const { rows } = await database.query(gatherQuery, [], { mode: 'union' });
        return consumeRows([rows], purpose);
      },
      close: () => database.close(),
    };
  },
};
