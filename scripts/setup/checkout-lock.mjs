/**
 * One setup at a time in a checkout. The lock is a file, created exclusively, that names its owner; the owner
 * touches it every two seconds. It is stale when its owner has died on this machine, or when nobody has touched
 * it for thirty seconds (an owner on another machine or in another container, whose process we cannot see).
 */
import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 2_000;
const STALE_MS = 30_000;
const POLL_MS = 250;

/** @typedef {{ id: string, pid: number, host: string }} Owner */

/**
 * Waits until the lock is ours.
 * @param {string} path
 * @returns {Promise<{ release(): void } | undefined>} undefined where this user may not write
 */
export async function lockCheckout(path) {
  const owner = { id: randomUUID(), pid: process.pid, host: hostname() };
  let told = false;
  for (;;) {
    const attempt = tryLock(path, owner);
    if (attempt === 'forbidden') {
      return undefined;
    }
    if (attempt === 'locked') {
      return hold(path, owner);
    }
    const holder = readLock(path);
    if (holder !== undefined && isStale(holder)) {
      removeStale(path, holder.owner);
      continue;
    }
    if (!told && holder?.owner !== undefined) {
      told = true;
      process.stderr.write(
        `waiting for another command that is setting this checkout up (process ${holder.owner.pid}) …\n`,
      );
    }
    await sleep(POLL_MS);
  }
}

/**
 * @param {string} path
 * @param {Owner} owner
 * @returns {'locked' | 'taken' | 'forbidden'}
 */
function tryLock(path, owner) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(owner), { flag: 'wx' });
    return 'locked';
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      return 'taken';
    }
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) {
      return 'forbidden';
    }
    throw error;
  }
}

/**
 * @param {string} path
 * @param {Owner} owner
 */
function hold(path, owner) {
  const beat = setInterval(() => {
    if (readLock(path)?.owner?.id === owner.id) {
      const now = new Date();
      utimesSync(path, now, now);
    }
  }, BEAT_MS).unref();
  return {
    release() {
      clearInterval(beat);
      if (readLock(path)?.owner?.id === owner.id) {
        rmSync(path, { force: true });
      }
    },
  };
}

/**
 * @param {string} path
 * @returns {{ owner: Owner | undefined, touchedMs: number } | undefined} undefined when there is no lock;
 *   an owner that is undefined is one that has not finished writing its name
 */
function readLock(path) {
  try {
    const touchedMs = statSync(path).mtimeMs;
    const text = readFileSync(path, 'utf8');
    return { owner: text.endsWith('}') ? JSON.parse(text) : undefined, touchedMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

/** @param {{ owner: Owner | undefined, touchedMs: number }} lock */
function isStale({ owner, touchedMs }) {
  return Date.now() - touchedMs > STALE_MS || (owner?.host === hostname() && !isAlive(owner.pid));
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, but somebody else's.
    return !hasCode(error, 'ESRCH');
  }
}

/**
 * Two waiters may find the same stale lock; the slower one must not remove the lock that the faster one has taken
 * since. So move it away first (atomic), look whose it was, and put a living one back.
 * @param {string} path
 * @param {Owner | undefined} stale
 */
function removeStale(path, stale) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (readLock(aside)?.owner?.id !== stale?.id) {
      linkSync(aside, path);
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EEXIST')) {
      throw error;
    }
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * @param {unknown} error
 * @param {...string} codes
 */
function hasCode(error, ...codes) {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
