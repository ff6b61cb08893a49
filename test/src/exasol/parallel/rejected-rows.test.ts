/** Rows that an import passes over, within a limit, and the table that keeps what was wrong with them. */
import type { ExasolConnection, ImportParallelOptions } from '@millrace/engine';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { committed, failureOf } from './aftermath.js';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let exa: ExasolConnection;

beforeAll(async () => {
  drive = await startDrive();
  exa = await drive.connect({ schema: 'drive' });
});

beforeEach(() => drive.cluster.query('truncate drive.target'));

afterAll(() => drive?.close());

/** Two files with three bad rows between them. */
const options = (more: Partial<ImportParallelOptions>): ImportParallelOptions => ({
  into: 'drive.target',
  from: ({ index }) => [Buffer.from(index === 0 ? '1,a,\nx,b,\n3,c,1.5\n' : '4,d,\n5\n6,e,no\n')],
  workers: 2,
  ...more,
});

it('more of them than the limit fail the import', async () => {
  const error = await failureOf(drive, exa, exa.importParallel(options({ rejectLimit: 2 })));
  expect(error).toMatchObject({ origin: 'statement' });
  expect(await committed(drive)).toBe(0);
});

it('within the limit they are passed over', async () => {
  expect((await exa.importParallel(options({ rejectLimit: 3 }))).rowCount).toBe(3);
  expect((await exa.importParallel(options({ rejectLimit: 'UNLIMITED' }))).rowCount).toBe(3);
  expect(await committed(drive)).toBe(6);
});

it('they are kept in a table, which is added to, or made anew', async () => {
  const kept = (): Promise<readonly unknown[]> =>
    drive.cluster.query('select file_name, row_number::int n from drive.errors order by 1, 2');
  const wrong = [
    { file_name: '000.csv', n: 1 },
    { file_name: '001.csv', n: 1 },
    { file_name: '001.csv', n: 2 },
  ];
  await exa.importParallel(options({ rejectLimit: 9, errorsInto: { table: 'drive.errors' } }));
  expect(await kept()).toEqual(wrong);
  await exa.importParallel(options({ rejectLimit: 9, errorsInto: { table: 'drive.errors' } }));
  expect(await kept()).toHaveLength(6);
  await exa.importParallel(
    options({ rejectLimit: 9, errorsInto: { table: 'drive.errors', mode: 'replace' } }),
  );
  expect(await kept()).toEqual(wrong);
});
