import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readPostmasterFile } from './postmaster-file.js';

/**
 * Frees the System V segment of a server that was killed outright, when its data directory is about
 * to be removed and no later start will do it. The segment is tiny, but there may be only 4,096 of them.
 * Linux only: elsewhere nothing proves that a segment of that number is still the same one.
 */
export function freeSharedMemory(dataDirectory: string): void {
  const file = readPostmasterFile(dataDirectory);
  if (process.platform !== 'linux' || file?.sharedMemory === undefined) {
    // A server that ended by itself has removed the file together with the segment.
    return;
  }
  const { key, id } = file.sharedMemory;
  const isItsOwn = readFileSync('/proc/sysvipc/shm', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .some((fields) => fields[0] === key && fields[1] === id && fields[4] === file.pid);
  if (isItsOwn) {
    // From util-linux, and as good as everywhere; without it 56 bytes stay until the machine restarts.
    spawnSync('ipcrm', ['-m', String(id)], { stdio: 'ignore' });
  }
}
