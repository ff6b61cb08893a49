import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;

beforeAll(async () => {
  drive = await startDrive();
});

afterAll(() => drive?.close());

it('closing a connection ends statements that were given to its session', async () => {
  const exa = await drive.connect();
  const statement = exa.session.execute('select pg_sleep(600)').catch((error: unknown) => error);
  const next = exa.session.execute('select 1 as one').catch((error: unknown) => error);
  await exa.close();
  expect(await statement).toMatchObject({ sqlCode: 'R0003' });
  await next;
});

it('an import with skip: 0 still compares its rows with the database', async () => {
  const exa = await drive.connect();
  const options = { into: 'drive.target', from: [[1, 'one', null]], workers: 1 } as const;
  await drive.cluster.query(
    `create function drive.lose() returns trigger language plpgsql as 'begin return null; end'`,
  );
  await drive.cluster.query(
    'create trigger lose before insert on drive.target for each row execute function drive.lose()',
  );
  for (const zero of [{ skip: 0 }, { rejectLimit: 0 }]) {
    await expect(exa.importParallel({ ...options, ...zero })).rejects.toThrow(/cannot be right/);
  }
  await drive.cluster.query('drop trigger lose on drive.target');
  await exa.close();
});
