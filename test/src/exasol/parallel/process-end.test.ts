/** A program that has closed its connection ends by itself; and one of two processes is killed. */
import { httpTransport } from '@millrace/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNode } from '../../support/child-process.js';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;

beforeAll(async () => {
  drive = await startDrive();
});

afterAll(() => drive?.close());

function program(body: string): ReturnType<typeof startNode> {
  const { dsn, user, password, port } = drive.cluster;
  const text = `
    import { connectExasol, httpTransport } from '@millrace/engine';
    process.on('warning', (warning) => { throw warning; });
    const options = ${JSON.stringify({ dsn, user, password })};
    const port = ${port};
    ${body}
  `;
  return startNode({ args: ['--input-type=module', '-e', text], withinMs: 30_000 });
}

it('a process ends when its connection is closed, after success and after failure', async () => {
  const end = await program(`
    const exa = await connectExasol(options);
    let bytes = 0;
    const to = async (pieces) => { for await (const piece of pieces) bytes += piece.length; };
    const { rowCount } = await exa.exportParallel({ from: 'drive.flights', to, workers: 4 });
    for await (const batch of exa.stream('drive.flights')) break;
    await exa.exportParallel({ from: 'drive.nowhere', to }).catch((error) => console.log(error.sqlCode));
    await exa.close();
    console.log(rowCount, bytes > rowCount);
  `).ended;
  expect(end).toMatchObject({ code: 0, stderr: '', hung: false, stdout: `42000\n${ROWS} true\n` });
});

it('a tunnel of another process takes part, and its death fails the statement and the others', async () => {
  const exa = await drive.connect();
  const child = program(`
    const tunnel = await httpTransport({ host: '127.0.0.2', port });
    console.log(tunnel.address);
    await tunnel.exportTo(async (pieces) => {
      for await (const piece of pieces) process.kill(process.pid, 'SIGKILL');
    });
  `);
  await expect.poll(() => child.output(), { timeout: 20_000 }).toMatch(/=\n$/);
  await using tunnel = await httpTransport({ host: '127.0.0.1', port: drive.cluster.port });
  const addresses = [tunnel.address, child.output().trim()];
  let isOver = false;
  const mine = tunnel
    .exportTo(async (pieces) => {
      for await (const piece of pieces) expect(piece.length).toBeGreaterThan(0);
    })
    .finally(() => {
      isOver = true;
    })
    .catch(() => undefined);
  await expect(exa.exportParallel(addresses, 'drive.flights')).rejects.toMatchObject({
    name: 'ExasolError',
    sqlCode: '42636',
  });
  expect((await child.ended).signal).toBe('SIGKILL');
  await tunnel.close();
  await mine;
  expect(isOver).toBe(true);
  expect((await exa.execute('SELECT 1 FROM dual')).rowCount).toBe(1);
});
