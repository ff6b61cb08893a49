/** For the tests of what happens when a process ends: a Node process that has a cluster, and does as told. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const packageRoot = join(import.meta.dirname, '..', '..');

export interface ChildOptions {
  /** Runs after the start of the cluster, with `cluster` and `line()`, the next line of standard input. */
  readonly script?: string;
  readonly shards?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Child {
  readonly process: ChildProcess;
  readonly serverPids: readonly number[];
  /** The directory of the run. */
  readonly directory: string;
  /** Exit code and signal, and what was printed after the start. */
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>;
}

/** The child runs what is published, so that must be of the same age as the source. */
export function build(): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-b', packageRoot], { stdio: 'pipe' });
}

export async function startChild(options: ChildOptions): Promise<Child> {
  const entry = JSON.stringify(join(packageRoot, 'dist', 'index.js'));
  const program = `
    import { createInterface } from 'node:readline';
    import { dirname } from 'node:path';
    const { startCluster } = await import(${entry});
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const line = async () => (await lines.next()).value;
    const cluster = await startCluster({ shards: ${options.shards ?? 2} });
    const pids = cluster.shards.map((shard) => shard.pid);
    console.log(JSON.stringify({ pids, directory: dirname(cluster.shards[0].host) }));
    ${options.script ?? 'await line();'}
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: '/',
    env: { PATH: process.env.PATH, ...options.env },
    stdio: 'pipe',
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const end = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const printed: string[] = [];
  const first = await Promise.race([once(lines, 'line'), end.then(() => undefined)]);
  if (first === undefined) {
    throw new Error(`the child ended before its cluster ran: ${errors}`);
  }
  lines.on('line', (line) => printed.push(line));
  const { pids, directory } = JSON.parse(String(first[0])) as { pids: number[]; directory: string };
  return {
    process: child,
    serverPids: pids,
    directory,
    async ended() {
      const [code, signal] = (await end) as [number | null, NodeJS.Signals | null];
      return { code, signal, output: printed.join('\n') + errors };
    },
  };
}
