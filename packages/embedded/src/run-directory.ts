/**
 * The directory of one running cluster:
 *
 *     <temporary directory>/millrace-pg-<pid>-<random>/
 *       owner.json      who started it
 *       s/              sockets
 *       d/0, d/1, …     data directories; PostgreSQL keeps the server's pid in each (postmaster.pid)
 *       0.log, 1.log, …
 *
 * The pid of a server is where PostgreSQL itself keeps it, and nowhere else: that cannot be out of date.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError, isSystemError } from './errors.js';
import { currentProcess, type ProcessIdentity } from './process-identity.js';
import { isReachable, type ServerAccount } from './server-account.js';
import { closeToOthers, makeServerDirectory } from './template.js';
import { temporaryDirectories } from './temporary-directories.js';

export interface RunDirectory {
  readonly path: string;
  readonly sockets: string;
  dataDirectory(shard: number): string;
  logFile(shard: number): string;
}

/** What the kernel allows for the path of a socket, on macOS (Linux: 107). */
const socketPathLimit = 103;
const longestName = 'millrace-pg-4194304-abcdefgh/s/.s.PGSQL.65535';
const namePattern = /^millrace-pg-(\d+)-[0-9a-f]{8}$/;

/** Creates the directory, in the first place of {@link runDirectoryParents} that the servers can reach. */
export async function createRunDirectory(
  account: ServerAccount | undefined,
): Promise<RunDirectory> {
  const parents = runDirectoryParents();
  for (const parent of parents) {
    const path = join(parent, `millrace-pg-${process.pid}-${randomBytes(4).toString('hex')}`);
    if ((await isReachable(parent, account)) && (await isMade(path))) {
      // First of all: a directory without an owner would be nobody's to clean up.
      await writeFile(join(path, 'owner.json'), JSON.stringify(currentProcess()));
      await closeToOthers(path, account);
      await makeServerDirectory(join(path, 's'), account);
      await makeServerDirectory(join(path, 'd'), account);
      return {
        path,
        sockets: join(path, 's'),
        dataDirectory: (shard) => join(path, 'd', String(shard)),
        logFile: (shard) => join(path, `${shard}.log`),
      };
    }
  }
  const message = `no directory for the servers: ${parents.join(', ')} cannot be written or is closed to them; set TMPDIR`;
  throw new EmbeddedPostgresError('NO_DIRECTORY', message);
}

/** Where run directories may be: the temporary directory if it is short enough for sockets, and /tmp. */
export function runDirectoryParents(): string[] {
  const parents = temporaryDirectories();
  const fits = (parent: string): boolean =>
    Buffer.byteLength(join(parent, longestName)) <= socketPathLimit;
  return process.platform === 'win32' ? parents : parents.filter(fits);
}

/** The pid in the name of a run directory; `undefined` for any other name. */
export function ownerPidInName(name: string): number | undefined {
  const match = namePattern.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** Who started the cluster in a run directory; `undefined` if that was not, or not fully, recorded. */
export async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(join(path, 'owner.json'), 'utf8'));
    const complete =
      typeof owner === 'object' && owner !== null && 'pid' in owner && 'hostname' in owner;
    return complete ? (owner as ProcessIdentity) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT', 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}

async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENOSPC', 'EDQUOT')) {
      return false;
    }
    throw error;
  }
}
