import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { removeLeftovers } from './leftovers.js';
import { currentProcess, isRunning } from './process-identity.js';
import { runDirectoryParents } from './run-directory.js';
import { isReachable } from './server-account.js';
import { build, type Child, startChild } from './testing/child-process.js';

// Real servers, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const isRoot = process.geteuid?.() === 0;

describe.skipIf(process.platform === 'win32')('when the process that has a cluster', () => {
  let temporary: string;
  beforeAll(async () => {
    build();
    temporary = await mkdtemp('/tmp/mr-');
    await chmod(temporary, 0o777);
  }, 60_000);
  afterAll(async () => {
    await rm(temporary, { recursive: true, force: true });
  });

  const start = (script?: string): Promise<Child> =>
    startChild({ ...(script !== undefined && { script }), env: { TMPDIR: temporary } });

  function expectNothingLeft(child: Child): void {
    expect(child.serverPids.filter(isRunning)).toEqual([]);
    expect(existsSync(child.directory)).toBe(false);
    expect(readdirSync(temporary).filter((name) => name.startsWith('millrace-pg-'))).toEqual([]);
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'gets %s, it ends by that signal and leaves nothing',
    async (signal) => {
      const child = await start();
      child.process.kill(signal);
      expect(await child.ended()).toEqual({ code: null, signal, output: '' });
      expectNothingLeft(child);
    },
  );

  test.each([
    ['calls process.exit', 'process.exit(3);', 3],
    ['simply comes to its end', '', 0],
    ['stops it first', 'await cluster.stop();', 0],
  ])('%s, it leaves nothing', async (_, script, code) => {
    const child = await start(`${script} process.stdin.destroy();`);
    expect(await child.ended()).toEqual({ code, signal: null, output: '' });
    expectNothingLeft(child);
  });

  test('throws, it leaves nothing', async () => {
    const child = await start("throw new Error('not caught');");
    const { code, output } = await child.ended();
    expect([code, output]).toEqual([1, expect.stringContaining('not caught')]);
    expectNothingLeft(child);
  });

  test('handles the signal itself, its servers go on until it ends', async () => {
    const child = await start(`
      process.once('SIGINT', async () => {
        process.kill(cluster.shards[0].pid, 0);
        console.log(cluster.shards.every((shard) => shard.running));
        process.exit(7);
      });
      await line();
    `);
    child.process.kill('SIGINT');
    expect(await child.ended()).toEqual({ code: 7, signal: null, output: 'true' });
    expectNothingLeft(child);
  });

  test('is killed outright, the next start cleans up', async () => {
    const child = await start();
    child.process.kill('SIGKILL');
    await child.ended();
    expect(child.serverPids.every(isRunning)).toBe(true);
    const next = await start('await cluster.stop(); process.stdin.destroy();');
    expect(await next.ended()).toEqual({ code: 0, signal: null, output: '' });
    expectNothingLeft(child);
  });

  test.runIf(isRoot)('is an ordinary user without a home, it works the same', async (context) => {
    if (!(await isReachable(import.meta.dirname, { uid: 65534, gid: 65534 }))) {
      context.skip('the checkout is closed to other users');
    }
    const own = await mkdtemp('/tmp/mr-');
    await chmod(own, 0o777);
    const options = {
      uid: 65534,
      gid: 65534,
      env: { TMPDIR: own, HOME: '' },
      script: 'await line();',
    };
    const killed = await startChild(options);
    killed.process.kill('SIGKILL');
    await killed.ended();
    const child = await startChild(options);
    expect(existsSync(killed.directory)).toBe(false);
    expect(killed.serverPids.filter(isRunning)).toEqual([]);
    child.process.kill('SIGTERM');
    expect(await child.ended()).toEqual({ code: null, signal: 'SIGTERM', output: '' });
    expect(readdirSync(own)).toEqual(['millrace-cache-65534']);
    await rm(own, { recursive: true });
  });

  test.runIf(isRoot)('is a user without a name, it is told what to do', async (context) => {
    const nameless = { uid: 2_000_000_123, gid: 65534 };
    if (!(await isReachable(import.meta.dirname, nameless))) {
      context.skip('the checkout is closed to other users');
    }
    const started = startChild({ ...nameless, env: { TMPDIR: temporary } });
    await expect(started).rejects.toThrow('user id 2000000123 has no name');
  });

  test('has a temporary directory too long for sockets, /tmp serves', async () => {
    const long = join(temporary, 'x'.repeat(90));
    await mkdir(long);
    const child = await startChild({ env: { TMPDIR: long } });
    expect(child.directory.startsWith('/tmp/millrace-pg-')).toBe(true);
    child.process.kill('SIGTERM');
    await child.ended();
    expect(existsSync(child.directory)).toBe(false);
  });
});

describe('cleaning up leaves alone', () => {
  const parent = runDirectoryParents()[0] ?? '/tmp';
  const name = `millrace-pg-${process.pid}-`;
  const { pid, ...here } = currentProcess();

  test.each([
    ['a run whose process lives', `${name}00000001`, { pid, ...here }, true],
    [
      'a run in another container',
      `${name}00000002`,
      { pid: 1, ...here, pidNamespace: 'pid:[1]' },
      true,
    ],
    [
      'a run on another machine',
      `${name}00000003`,
      { pid: 1, hostname: `not-${hostname()}`, bootId: 'other' },
      true,
    ],
    [
      'a directory with a name that only looks like ours',
      `${name}mine`,
      { pid: 1, hostname: hostname() },
      true,
    ],
    ['a run that is being made', `${name}00000004`, undefined, true],
  ])('%s', async (_, directory, owner, stays) => {
    const path = join(parent, directory);
    await mkdir(path);
    try {
      if (owner !== undefined) {
        await writeFile(join(path, 'owner.json'), JSON.stringify(owner));
      }
      await removeLeftovers();
      expect(existsSync(path)).toBe(stays);
    } finally {
      await rm(path, { recursive: true, force: true });
    }
  });

  test.runIf(process.platform === 'linux')(
    'but removes a run whose pid is now another process',
    async () => {
      const path = join(parent, `${name}00000005`);
      await mkdir(path);
      await writeFile(join(path, 'owner.json'), JSON.stringify({ pid, ...here, startTime: '1' }));
      await removeLeftovers();
      expect(existsSync(path)).toBe(false);
    },
  );
});
