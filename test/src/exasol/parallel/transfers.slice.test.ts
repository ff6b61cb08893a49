/** A slice: an export, a stream of batches and an import, over plain tunnels, whose reads can be cut. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

const QUERY = 'select id, note, delay from drive.flights where id <= 2000';

let drive: ParallelDrive;

beforeAll(async () => {
  drive = await startDrive();
});

afterAll(() => drive?.close());

it('rows go out as batches and as files, and come back, the same', async () => {
  const [exa, into] = await Promise.all([
    drive.connect({ encryption: false }),
    drive.connect({ encryption: false }),
  ]);
  const from = join(await drive.folder(), 'part-%d.csv');
  const { rowCount } = await exa.exportParallel({ from: { query: QUERY }, to: from, workers: 3 });
  expect(rowCount).toBe(2_000);
  await exa.importParallel({ into: 'drive.target', from, workers: 3 });
  const batches = exa.stream({ query: QUERY }, { workers: 2 });
  await into.importParallel({ into: 'drive.target', from: batches, workers: 2 });
  const [found] = await drive.cluster.query(
    `select count(*)::int n, (select count(*)::int from
       (select id, note, delay from drive.target except ${QUERY}) d) as wrong,
       (select count(*)::int from (select id from drive.target group by id, note, delay having count(*) = 2) t) as twice
     from drive.target`,
  );
  expect(found).toEqual({ n: 4_000, wrong: 0, twice: 2_000 });
});
