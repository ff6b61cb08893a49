import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from './errors.js';

/** What a server writes about itself in its data directory (PostgreSQL: miscadmin.h, LOCK_FILE_LINE_*). */
export interface PostmasterFile {
  readonly pid: number;
  /** System V key and id of its shared memory; absent early in the start. */
  readonly sharedMemory: { readonly key: number; readonly id: number } | undefined;
  /** True once it accepts connections. */
  readonly ready: boolean;
}

/** Reads `postmaster.pid`; `undefined` when there is none, or its first line is not yet written. */
export function readPostmasterFile(dataDirectory: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
  // A standalone server, as initdb runs, writes its pid negated: see pg_ctl.c.
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!(pid > 0)) {
    return undefined;
  }
  const [key, id] = (lines[6] ?? '').trim().split(/\s+/).map(Number);
  const sharedMemory = key !== undefined && id !== undefined ? { key, id } : undefined;
  return { pid, sharedMemory, ready: lines[7]?.trim() === 'ready' };
}
