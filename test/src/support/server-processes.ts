/** The processes of an embedded server, to be killed or halted as an operating system would. */
import { execFileSync } from 'node:child_process';
import type { EmbeddedShard } from '@millrace/embedded';

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
