/** The processes of an embedded server, to be killed or halted as an operating system would. */
import { execFileSync } from 'node:child_process';
import type { EmbeddedShard } from '@millrace/embedded';
import { eventually } from './eventually.js';

/** The postmaster and everything it has started. */
export function processesOf({ pid }: EmbeddedShard): number[] {
  return [pid, ...childrenOf(pid)];
}

/** All processes below one: its children, theirs, and so on. */
export function processTree(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...processTree(child)]);
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    return parent === pid && child !== undefined ? [child] : [];
  });
}

/** Sends a signal to each process that is still there. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Whether a process is there. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const killed = new Set<number>();

/** As by a loss of power: the postmaster and all its processes at once. */
export function killServer(server: EmbeddedShard): void {
  killed.add(server.pid);
  signalAll(processesOf(server), 'SIGKILL');
}

/** Starts servers again. One that was killed but is not yet gone would pass for one that runs, so it is waited for. */
export async function startAgain(servers: readonly EmbeddedShard[]): Promise<void> {
  await eventually(() => {
    const left = [...killed].filter(isThere);
    return left.length === 0 ? undefined : left;
  }, 10_000);
  killed.clear();
  await Promise.all(servers.map((server) => server.start()));
}
