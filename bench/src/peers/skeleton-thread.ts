/** Task of the skeleton's threads: connects and selects one row; without a URL, closes what this thread has open. */
import pg from 'pg';
import { gatherTable } from '../dataset/gather-columns.js';

const open: pg.Client[] = [];

export async function selectOne({ url }: { url: string | undefined }): Promise<number> {
  if (url === undefined) {
    await Promise.all(open.splice(0).map((client) => client.end()));
    return 0;
  }
  const client = new pg.Client(url);
  open.push(client);
  await client.connect();
  const { rows } = await client.query(`select id from ${gatherTable} limit 1`);
  return rows.length;
}
