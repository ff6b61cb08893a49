/**
 * What is made once and kept between runs: the initdb'd template, and where the package directory
 * cannot be used as it is, a copy of the binaries.
 *
 * An entry is built under a scratch name and moved into place complete, so that any number of
 * processes may want it at once: the first to finish wins, the others throw theirs away. Cleaners
 * of temporary directories take single files away after some days; the number of files is therefore
 * recorded, and an entry that lost some is built again.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from './errors.js';
import { onProcessEnd } from './process-end.js';
import { removeTreeSync } from './remove-tree.js';

const manifestName = 'complete.json';
const scratchSuffix = '.building';
const scratchLifetimeMs = 3_600_000;

export interface CacheEntry {
  readonly cache: string;
  readonly name: string;
  /** Fills the directory, which exists and is empty. */
  build(directory: string): Promise<void>;
}

/** The directory of an entry, built now if need be. Safe under concurrent processes. */
export async function cached(entry: CacheEntry): Promise<string> {
  const target = join(entry.cache, entry.name);
  if (await isComplete(target)) {
    return target;
  }
  await removeOldScratch(entry.cache);
  const scratch = scratchDirectory(entry.cache);
  const forget = onProcessEnd(() => removeTreeSync(scratch));
  try {
    await mkdir(scratch);
    await chmod(scratch, 0o755);
    await entry.build(scratch);
    await writeFile(
      join(scratch, manifestName),
      JSON.stringify({ entries: await countEntries(scratch) }),
    );
    await moveIntoPlace(scratch, target, entry.cache);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    forget();
  }
  return target;
}

async function isComplete(directory: string): Promise<boolean> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(directory, manifestName), 'utf8'));
    const recorded =
      typeof manifest === 'object' &&
      manifest !== null &&
      'entries' in manifest &&
      manifest.entries;
    return recorded === (await countEntries(directory));
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT', 'EACCES')) {
      return false;
    }
    throw error;
  }
}

async function countEntries(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name !== manifestName).length;
}

async function moveIntoPlace(scratch: string, target: string, cache: string): Promise<void> {
  for (;;) {
    try {
      await rename(scratch, target);
      return;
    } catch (error) {
      if (await isComplete(target)) {
        return;
      }
      if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) {
        throw error;
      }
    }
    // What stands there has lost files. Moving it away is atomic: of several processes one succeeds.
    const aside = scratchDirectory(cache);
    try {
      await rename(target, aside);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) {
        throw error;
      }
    }
    await rm(aside, { recursive: true, force: true });
  }
}

/** What a killed process left. Its age decides: a process number means nothing in another container. */
async function removeOldScratch(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.endsWith(scratchSuffix)) {
      continue;
    }
    try {
      const { mtimeMs } = await stat(join(cache, name));
      if (Date.now() - mtimeMs > scratchLifetimeMs) {
        await rm(join(cache, name), { recursive: true, force: true });
      }
    } catch (error) {
      // Another process does the same.
      if (!isSystemError(error, 'ENOENT', 'ENOTEMPTY')) {
        throw error;
      }
    }
  }
}

function scratchDirectory(cache: string): string {
  return join(cache, `${randomBytes(6).toString('hex')}${scratchSuffix}`);
}
