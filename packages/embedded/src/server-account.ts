import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError } from './errors.js';

/** PostgreSQL refuses to run as root; as root the servers run under this account instead. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` on every Linux. The account needs a name, for initdb, and nothing else. */
const nobody: ServerAccount = { uid: 65534, gid: 65534 };

/** The account to run servers under; `undefined` means our own. */
export function serverAccount(): ServerAccount | undefined {
  return process.geteuid?.() === 0 ? nobody : undefined;
}

/**
 * Whether the servers can reach `path`, an existing file or directory. Only as root can that be in
 * doubt, where a parent directory may be closed to others, as the root account's home mostly is.
 */
export async function isReachable(
  path: string,
  account: ServerAccount | undefined,
): Promise<boolean> {
  if (account === undefined) {
    return true;
  }
  try {
    for (let current = path; ; current = dirname(current)) {
      const { mode } = await stat(current);
      const needed = current === path ? 0o005 : 0o001;
      if ((mode & needed) !== needed) {
        return false;
      }
      if (current === dirname(current)) {
        return true;
      }
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) {
      return false;
    }
    throw error;
  }
}
