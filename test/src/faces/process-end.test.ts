/** What a program leaves behind that uses ParallelConnection: nothing, whether it closes or forgets to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/child-process.js';
import { startShards } from '../support/start-shards.js';

let servers: Awaited<ReturnType<typeof startShards>>;

beforeAll(async () => {
  servers = await startShards(2);
});
afterAll(async () => {
  await servers?.stop();
});

const CONNECTOR = new URL('../../dist/faces/scripted-connector.js', import.meta.url).href;
const KINDS: Readonly<Record<string, { connect: string; sql: string }>> = {
  URLs: {
    connect: 'ParallelConnection.connect(urls)',
    sql: 'select n from generate_series(1, 3) n',
  },
  'a connector': {
    connect: `ParallelConnection.connect(['a', 'b'], { connector: '${CONNECTOR}' })`,
    sql: 'count 10',
  },
};

describe.each(Object.entries(KINDS))('a program over %s', (_, { connect, sql }) => {
  const START = `
    const { ParallelConnection } = await import('@millrace/engine');
    const pdb = await ${connect};
    const c = pdb.cursor();
    await c.execute('${sql}');
    console.log((await c.fetchall()).length);`;

  test.each([
    ['closes', 'await pdb.close();'],
    ['forgets to close', ''],
    [
      'closes while it streams',
      `
      const s = pdb.cursor({ stream: true });
      await s.execute('${sql}');
      await s.fetchone();
      await pdb.close();`,
    ],
    [
      'fails to fetch what it leaves',
      `
      const s = pdb.cursor({ stream: true });
      await s.execute('${sql}');
      await pdb.rollback();
      await pdb.close();`,
    ],
  ])('that %s ends by itself', async (_what, rest) => {
    const end = await runProgram(`${START}\n${rest}`, { urls: servers.urls });
    expect(end).toMatchObject({ code: 0, hung: false, stderr: '' });
    expect(Number(end.stdout)).toBeGreaterThan(5);
  });
});
