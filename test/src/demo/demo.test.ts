/** The demo, as a user starts it. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { millrace } from '../cli/start-millrace.js';
import { checkoutRoot } from '../house/checkout.js';
import { startNode } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { isThere, processTree } from '../support/server-processes.js';

const MAIN = join(checkoutRoot, 'examples/flights/dist/main.js');
const LIMIT_MS = 120_000;

describe('the flights demo', () => {
  test('runs from empty servers to figures that all agree', async () => {
    const { ended } = startNode({ args: [MAIN, '--small', '--shards', '3'], withinMs: LIMIT_MS });
    const { code, stdout, stderr, hung } = await ended;
    expect({ code, hung }, stderr).toEqual({ code: 0, hung: false });
    expect(stderr).not.toContain('DIFFERS');
    expect(stdout).toMatch(
      /272,727 flights \([\d,]+ \+ [\d,]+ \+ [\d,]+, by the hash of their origin\)/,
    );
    expect(stdout).toMatch(/Which are the busiest routes\?/);
    expect(stdout).toMatch(/Millrace, columns from worker threads +272,727/);
    expect(stdout).toMatch(/All figures agree with those counted from the file\./);
    expect(stdout).toContain('npm run demo -- --exasol\n');
  });

  test('--shell keeps the servers, says how to ask them, and cleans up at Ctrl-C', async () => {
    const args = [MAIN, '--small', '--shards', '2', '--shell'];
    const child = startNode({ args, withinMs: LIMIT_MS });
    await eventually(
      () => (/npx millrace --help/.test(child.output()) ? undefined : child.output()),
      60_000,
    );
    const servers = processTree(child.process.pid as number);
    const printed = /^npx millrace (query) --shards '(.*?)' (.*) "(.*)"$/m.exec(child.output());
    const [command = '', shards = '', flags = '', sql = ''] = printed?.slice(1) ?? [];
    const answer = await millrace([command, '--shards', shards, ...flags.split(' '), sql]);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toMatch(/^destination,count,avg\n[A-Z]{3},\d+,/);
    child.process.kill('SIGINT');
    expect(await child.ended).toMatchObject({
      code: 0,
      hung: false,
      stderr: expect.not.stringMatching(/error/i),
    });
    await eventually(() => {
      const left = servers.filter(isThere);
      return left.length === 0 ? undefined : left;
    }, 10_000);
  });

  test('--exasol moves all flights through a simulated Exasol, and says that it is one', async () => {
    const args = [MAIN, '--small', '--shards', '2', '--exasol'];
    const { code, stdout, stderr, hung } = await startNode({ args, withinMs: LIMIT_MS }).ended;
    expect({ code, hung }, stderr).toEqual({ code: 0, hung: false });
    expect(stdout).toContain('A SIMULATED Exasol cluster of 4 nodes');
    expect(stdout.match(/^ all +272,727 +\d+\.\d MB/gm)).toHaveLength(3);
    for (const table of ['flights', 'flights_again']) {
      expect(stdout).toContain(`demo.${table} has the totals that PostgreSQL has`);
    }
    expect(stdout).toMatch(/typed batches: 272,727 rows in .* 198,980,910 miles flown/);
    expect(stdout).toMatch(
      /ExasolTransferError: The EXPORT failed: ETL-5106: .*\n {2}Files left: 0\. Tunnels open: 0\./,
    );
    expect(stdout).toMatch(/The next call, .*\n(?:.*\n)*? all +\d\d,\d\d\d /);
    expect(stdout).toMatch(/All figures agree with those counted from the file\./);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '--exasol leaves no server and no file behind when %s ends it',
    async (signal) => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-demo-test-'));
      try {
        const args = [MAIN, '--small', '--shards', '2', '--exasol'];
        const child = startNode({ args, env: { TMPDIR: folder }, withinMs: LIMIT_MS });
        const files = async (): Promise<string[]> =>
          (await readdir(folder)).filter((name) => name.startsWith('millrace-demo-'));
        await eventually(
          () => (/PostgreSQL to Exasol/.test(child.output()) ? undefined : child.output()),
          90_000,
        );
        expect(await files()).toHaveLength(1);
        const processes = processTree(child.process.pid as number);
        child.process.kill(signal);
        expect(await child.ended).toMatchObject({ signal, hung: false });
        await eventually(() => {
          const left = processes.filter(isThere);
          return left.length === 0 ? undefined : left;
        }, 20_000);
        expect(await files()).toEqual([]);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    LIMIT_MS,
  );

  test('--help lists its options', async () => {
    const { ended } = startNode({ args: [MAIN, '--help'], withinMs: LIMIT_MS });
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('--exasol') });
  });

  test('says how it is used when it is used wrongly', async () => {
    const { ended } = startNode({ args: [MAIN, '--shards', 'many'], withinMs: LIMIT_MS });
    expect(await ended).toMatchObject({ code: 2, stdout: '' });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves no server behind when %s ends it while it loads',
    async (signal) => {
      const child = startNode({ args: [MAIN, '--shards', '3'], withinMs: LIMIT_MS });
      expect(existsSync(MAIN)).toBe(true);
      // The servers are ready: what follows is the load.
      await eventually(
        () => (/ready after/.test(child.output()) ? undefined : child.output()),
        60_000,
      );
      const servers = processTree(child.process.pid as number);
      expect(servers.length).toBeGreaterThan(3);
      child.process.kill(signal);
      const { code, signal: endedBy, hung } = await child.ended;
      expect(hung).toBe(false);
      expect(code !== 0 || endedBy !== null).toBe(true);
      await eventually(() => {
        const left = servers.filter(isThere);
        return left.length === 0 ? undefined : left;
      }, 10_000);
    },
  );
});
