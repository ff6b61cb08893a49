import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { gatherQuery } from '../dataset/gather-columns.js';
import type { Contender, Session } from './contender.js';

/** The floor by COPY: the same rows in COPY's binary format through `pg-copy-streams`, counted and dropped. */
export const contender: Contender = {
  async open({ urls }): Promise<Session> {
    const clients = urls.map((url) => new pg.Client(url));
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(clients.map((client) => client.query('select 1')));
    return {
      async gather() {
        const copies = await Promise.all(clients.map(countCopy));
        const rows = copies.reduce((sum, copy) => sum + copy.rows, 0);
        const bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
        return { rows, bytes, touchMs: 0, fold: bytes };
      },
      async close() {
        await Promise.all(clients.map((client) => client.end()));
      },
    };
  },
};

function countCopy(client: pg.Client): Promise<{ rows: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const copy = client.query(copyTo(`copy (${gatherQuery}) to stdout (format binary)`));
    let bytes = 0;
    copy.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    copy.on('error', reject);
    copy.on('end', () =>
      resolve({ rows: (copy as typeof copy & { rowCount: number }).rowCount, bytes }),
    );
  });
}
