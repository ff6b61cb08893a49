/**
 * Cleans up after runs that were killed outright. A run directory is removed only if we made it (by
 * name and by owner), and its process has certainly ended; a server is stopped only if it serves that directory.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSystemError } from './errors.js';
import { readPostmasterFile } from './postmaster-file.js';
import { hasCertainlyEnded, isPostmasterOf, isRunning } from './process-identity.js';
import { removeTree } from './remove-tree.js';
import { ownerPidInName, readOwner, runDirectoryParents } from './run-directory.js';
import { freeSharedMemory } from './shared-memory.js';

/** How long a directory may stand without its owner's record, while it is being made. */
const makingMs = 60_000;

/** Longer than the 5 s that PostgreSQL itself gives its processes in an immediate shutdown. */
const shutdownMs = 7_000;

/** Stops the servers and removes the directories of every run whose process has ended. */
export async function removeLeftovers(): Promise<void> {
  for (const parent of runDirectoryParents()) {
    for (const name of await namesIn(parent)) {
      const pid = ownerPidInName(name);
      const path = join(parent, name);
      if (pid !== undefined && (await isAbandoned(path, pid))) {
        await removeRun(path);
      }
    }
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) {
      return [];
    }
    throw error;
  }
}

async function isAbandoned(path: string, pid: number): Promise<boolean> {
  try {
    const stats = await lstat(path);
    const uid = process.geteuid?.();
    if (!stats.isDirectory() || (uid !== undefined && stats.uid !== uid)) {
      return false;
    }
    const owner = await readOwner(path);
    return owner === undefined
      ? Date.now() - stats.mtimeMs > makingMs && !isRunning(pid)
      : hasCertainlyEnded(owner);
  } catch (error) {
    // Gone meanwhile: another process cleans up too.
    if (isSystemError(error, 'ENOENT')) {
      return false;
    }
    throw error;
  }
}

async function removeRun(path: string): Promise<void> {
  const dataDirectories = (await namesIn(join(path, 'd'))).map((name) => join(path, 'd', name));
  await Promise.all(dataDirectories.map(stopServer));
  // Another process may be doing the same: removal does not mind what is gone already.
  await removeTree(path);
}

async function stopServer(dataDirectory: string): Promise<void> {
  const pid = readPostmasterFile(dataDirectory)?.pid;
  if (pid !== undefined && isPostmasterOf(pid, dataDirectory)) {
    signal(pid, 'SIGQUIT');
    const deadline = performance.now() + shutdownMs;
    while (isRunning(pid) && performance.now() < deadline) {
      await delay(5);
    }
    if (isPostmasterOf(pid, dataDirectory)) {
      signal(pid, 'SIGKILL');
    }
  }
  freeSharedMemory(dataDirectory);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if (!isSystemError(error, 'ESRCH')) {
      throw error;
    }
  }
}
