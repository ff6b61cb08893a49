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
