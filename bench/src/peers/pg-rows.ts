import pg from 'pg';
import type { GatherRow } from '../checksum/row-checksum.js';
import { consumeRows } from '../checksum/row-consumer.js';
import { gatherQuery } from '../dataset/gather-columns.js';
import type { Contender, Session } from './contender.js';

/** What applications write with `pg`: a client a shard, `Promise.all`, rows as objects. */
export const contender: Contender = {
  async open({ urls }): Promise<Session> {
    const clients = urls.map((url) => new pg.Client(url));
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(clients.map((client) => client.query('select 1')));
    return {
      async gather(purpose) {
        const results = await Promise.all(
          clients.map((client) => client.query<GatherRow>(gatherQuery)),
        );
        return consumeRows(
          results.map((result) => result.rows),
          purpose,
        );
      },
      async close() {
        await Promise.all(clients.map((client) => client.end()));
      },
    };
  },
};
