/** After every kind of failure: as many threads, sockets, timers and files as before. */
import { readdir } from 'node:fs/promises';
import type { ExasolConnection } from '@millrace/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Faults } from '../cluster/faults.js';
import { drop, errorOf, targetRows } from './aftermath.js';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;

beforeAll(async () => {
  drive = await startDrive();
});

afterAll(() => drive?.close());

interface Census {
  readonly threads: number;
  readonly files: number;
  readonly resources: number;
}

async function census(): Promise<Census> {
  const [threads, files] = await Promise.all([
    readdir('/proc/self/task'),
    readdir('/proc/self/fd'),
  ]);
  // The pool of libuv, whose promises come and go, is no resource of ours.
  const resources = process.getActiveResourcesInfo().filter((name) => !/^FS|^Immediate/.test(name));
  return { threads: threads.length, files: files.length, resources: resources.length };
}

type Call = (exa: ExasolConnection) => Promise<unknown>;

const stuck = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
};
const early: Call = (exa) => exa.exportParallel({ from: 'drive.nowhere', to: drop, workers: 2 });
const out: Call = (exa) => exa.exportParallel({ from: 'drive.flights', to: drop, workers: 2 });
const into: Call = (exa) =>
  exa.importParallel({ into: 'drive.target', from: targetRows(20_000), workers: 2 });
const late: Call = (exa) =>
  exa.importParallel({ into: 'drive.target', from: stuck, workers: 2, timeoutMs: 50 });
const throwing: Call = (exa) =>
  exa.exportParallel({
    from: 'drive.flights',
    to: async (bytes) => {
      for await (const _ of bytes) throw new Error('mine');
    },
    workers: 2,
  });
// In the clear: a connection that the simulated node resets under TLS keeps its handle, as Node has it.
const toFiles: Call = async (exa) =>
  exa.exportParallel({
    from: 'drive.flights',
    to: `${await drive.folder()}/%d.csv`,
    workers: 2,
    encryption: false,
  });

const FAILURES: readonly (readonly [string, Partial<Faults>, Call])[] = [
  ['a statement that fails', {}, early],
  ['a sink that throws', {}, throwing],
  ['a source that is stuck', {}, late],
  ['a node that dies in an export', { death: { at: 'inside-chunk', afterBytes: 70_000 } }, out],
  [
    'a node that dies while files are written',
    { death: { at: 'after-body', by: 'reset' } },
    toFiles,
  ],
  ['a node that dies in an import', { death: { at: 'between-chunks', afterBytes: 9 } }, into],
  ['nodes that do not answer', { tunnelReply: 'short' }, out],
  ['an end that is none', { bodyEnd: 'blank-line' }, out],
  ['certificates that are refused', { certificateCheck: 'authority' }, into],
];

it.skipIf(process.platform !== 'linux').each(FAILURES)(
  '%s leaves nothing behind',
  async (_, faults, call) => {
    const exa = await drive.connect();
    const fail = async (): Promise<void> => {
      Object.assign(drive.cluster.faults, faults);
      await errorOf(call(exa));
      drive.cluster.heal();
      await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
    };
    try {
      // Threads start at the first call, and stay until the connection is closed.
      await out(exa);
      await fail();
      const before = await census();
      for (let i = 0; i < 3; i++) await fail();
      expect(await excess(before)).toEqual({});
    } finally {
      const { threads } = await census();
      await exa.close();
      await expect.poll(async () => (await census()).threads).toBeLessThan(threads);
      await expect.poll(() => drive.cluster.openSessions()).toHaveLength(1);
    }
  },
);

/** Of what there is more than before, when that has come to rest. A poll of the test runner's would have a timer of its own. */
async function excess(before: Census): Promise<Partial<Census>> {
  for (let turn = 0; ; turn++) {
    const now = await census();
    const more = Object.entries(now).filter(
      ([name, count]) => count > before[name as keyof Census],
    );
    if (more.length === 0 || turn === 200) return Object.fromEntries(more);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
