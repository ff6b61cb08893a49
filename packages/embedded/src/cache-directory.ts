import { access, chmod, constants, lstat, mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { EmbeddedPostgresError, isSystemError } from './errors.js';
import { isReachable, type ServerAccount } from './server-account.js';
import { temporaryDirectories } from './temporary-directories.js';

/**
 * A directory of ours, kept between runs, that the servers can reach: under XDG_CACHE_HOME or
 * HOME/.cache (Windows: LOCALAPPDATA), else, keyed by user, under a temporary directory.
 *
 * @throws EmbeddedPostgresError `NO_DIRECTORY`
 */
export async function cacheDirectory(account: ServerAccount | undefined): Promise<string> {
  for (const { base, below } of homes()) {
    const directory = join(base, ...below, 'millrace', 'embedded');
    if ((await isOurs(base)) && (await isUsable(base, directory, account))) {
      return directory;
    }
  }
  const user = process.geteuid?.() ?? 'user';
  for (const base of temporaryDirectories()) {
    const directory = join(base, `millrace-cache-${user}`);
    if ((await isUsable(base, directory, account)) && (await isOurs(directory))) {
      return directory;
    }
  }
  throw new EmbeddedPostgresError(
    'NO_DIRECTORY',
    `no cache directory: none of HOME, XDG_CACHE_HOME, ${temporaryDirectories().join(', ')} is ours, ` +
      'writable and open to the servers',
  );
}

function homes(): { base: string; below: string[] }[] {
  const { XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env;
  const candidates =
    process.platform === 'win32'
      ? [{ base: LOCALAPPDATA, below: [] }]
      : [
          { base: XDG_CACHE_HOME, below: [] },
          { base: HOME, below: ['.cache'] },
        ];
  return candidates.flatMap(({ base, below }) =>
    base !== undefined && isAbsolute(base) ? [{ base, below }] : [],
  );
}

/** Under `sudo`, HOME may be another user's: root's files have no place there. And /tmp is open to all. */
async function isOurs(directory: string): Promise<boolean> {
  try {
    const stats = await lstat(directory);
    const uid = process.geteuid?.();
    return (
      uid === undefined ||
      (stats.uid === uid && (stats.isSymbolicLink() || (stats.mode & 0o022) === 0))
    );
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) {
      return false;
    }
    throw error;
  }
}

async function isUsable(
  base: string,
  directory: string,
  account: ServerAccount | undefined,
): Promise<boolean> {
  try {
    if (!(await isReachable(base, account))) {
      return false;
    }
    const created = await mkdir(directory, { recursive: true });
    if (created !== undefined) {
      await chmod(directory, 0o755);
    }
    await access(directory, constants.W_OK | constants.X_OK);
    return await isReachable(directory, account);
  } catch (error) {
    if (
      isSystemError(
        error,
        'EACCES',
        'EPERM',
        'EROFS',
        'ENOENT',
        'ENOTDIR',
        'EEXIST',
        'ENOSPC',
        'EDQUOT',
      )
    ) {
      return false;
    }
    throw error;
  }
}
