import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A simulated cluster whose nodes are processes that serve prebuilt bytes, and count what they get. */
export interface FastCluster {
  readonly dsn: string;
  readonly hosts: readonly string[];
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly block: FastBlock;
}

/** What every EXPORT repeats. */
export interface FastBlock {
  readonly rows: number;
  readonly bytes: number;
  readonly crc32: number;
  /** Of its values, independent of how they are written (`exasol-values.ts`). */
  readonly valueSum: number;
}

/** The simulated cluster is no package: it stands in the tests, and is started as a process. */
const entry = fileURLToPath(
  new URL('../../../test/dist/exasol/cluster/fast/main.js', import.meta.url),
);

/** Starts one. @throws when it ends before it is up */
export async function startFastCluster(
  nodes: number,
): Promise<FastCluster & { stop(): Promise<void> }> {
  const options = JSON.stringify({ nodes, rows: 1 });
  const child = fork(entry, [options], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const [cluster] = (await Promise.race([
    once(child, 'message'),
    exited.then(() => {
      throw new Error('the fast cluster ended before it was up');
    }),
  ])) as [FastCluster];
  return {
    ...cluster,
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}
