/** A data directory as `initdb` leaves it, made once and kept; every shard starts as a copy of it. */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import { cached } from './cache-entry.js';
import { EmbeddedPostgresError } from './errors.js';
import { runTool } from './run-tool.js';
import type { ServerAccount } from './server-account.js';

/** Where sort order and character classes come from; the same on every shard. */
export interface ClusterLocale {
  readonly provider: 'builtin' | 'icu' | 'libc';
  /** As PostgreSQL names it for that provider: `C.UTF-8`, `de-DE`, `en_US.utf8`. */
  readonly name: string;
}

export interface Template {
  readonly dataDirectory: string;
  /** Of the superuser; asked for over TCP only. */
  readonly password: string;
}

export interface TemplateOptions {
  readonly binaries: Binaries;
  readonly cache: string;
  readonly account: ServerAccount | undefined;
  readonly locale: ClusterLocale;
}

/** The one role and the one database that `initdb` makes. */
export const superuser = 'postgres';

/** Part of the key of the cache: to be raised when `build` below changes. */
const revision = 1;

/** The template for these options, from the cache or made now (about half a second). */
export async function prepareTemplate(options: TemplateOptions): Promise<Template> {
  const { binaries, cache, account, locale } = options;
  const key = JSON.stringify([
    revision,
    binaries.version,
    locale.provider,
    locale.name,
    account?.uid ?? 'own',
  ]);
  const name = `template-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
  const directory = await cached({ cache, name, build: (scratch) => build(scratch, options) });
  const password = await readFile(join(directory, 'password'), 'utf8');
  return { dataDirectory: join(directory, 'data'), password };
}

/** Copies the template as the servers' account, which so owns the copy. About 0.05 s. */
export async function copyTemplate(
  template: Template,
  target: string,
  account: ServerAccount | undefined,
  cwd: string,
): Promise<void> {
  if (process.platform === 'win32') {
    await cp(template.dataDirectory, target, { recursive: true });
  } else {
    // Three times faster than fs.cp for a thousand small files.
    await runTool('cp', ['-R', template.dataDirectory, target], { cwd, account });
  }
}

/** Makes a directory that the servers' account, and besides us nobody else, can enter. */
export async function closeToOthers(
  directory: string,
  account: ServerAccount | undefined,
): Promise<void> {
  if (account === undefined) {
    await chmod(directory, 0o700);
  } else {
    // Still root's own: the servers' account may pass, not write.
    await chown(directory, 0, account.gid);
    await chmod(directory, 0o710);
  }
}

/** Makes a directory that belongs to the servers' account. */
export async function makeServerDirectory(
  directory: string,
  account: ServerAccount | undefined,
): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  if (account !== undefined) {
    await chown(directory, account.uid, account.gid);
  }
}

async function build(
  directory: string,
  { binaries, account, locale }: TemplateOptions,
): Promise<void> {
  await closeToOthers(directory, account);
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  await makeServerDirectory(data, account);
  await writeFile(passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 });
  if (account !== undefined) {
    await chown(passwordFile, account.uid, account.gid);
  }
  const args = [
    `--pgdata=${data}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    // The directories that hold the sockets are closed to other users; a TCP port is open to them all.
    '--auth-local=trust',
    '--auth-host=scram-sha-256',
    '--encoding=UTF8',
    ...localeArguments(locale),
    '--no-data-checksums',
    '--no-sync',
    '--no-instructions',
  ];
  try {
    await runTool(binaries.initdb, args, { cwd: directory, account });
  } catch (error) {
    if (error instanceof EmbeddedPostgresError && /user does not exist/.test(error.message)) {
      const uid = account?.uid ?? process.geteuid?.();
      const message = `user id ${uid} has no name, which initdb wants: add it to /etc/passwd, or set MILLRACE_SHARDS`;
      throw new EmbeddedPostgresError('INIT_FAILED', message, { cause: error });
    }
    throw error;
  }
}

function localeArguments({ provider, name }: ClusterLocale): string[] {
  switch (provider) {
    case 'builtin':
      return ['--locale=C', '--locale-provider=builtin', `--builtin-locale=${name}`];
    case 'icu':
      return ['--locale=C', '--locale-provider=icu', `--icu-locale=${name}`];
    case 'libc':
      return ['--locale-provider=libc', `--locale=${name}`, '--lc-messages=C'];
  }
}
