/** The configuration file: options of `connect`, as JSON or as the default export of a module. */
import { readFile, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '@millrace/engine';
import { createJiti } from 'jiti';

/** Names that are looked for. More than one of them in a directory is an error: to choose would be to guess. */
const NAMES = ['json', 'ts', 'js', 'mjs'].map((extension) => `millrace.config.${extension}`);

export type ConfigFile = Readonly<Record<string, unknown>>;

/**
 * Reads the file that was named, or else the one that lies in the directory; undefined where there is none.
 *
 * @throws ConfigurationError naming the file and what is wrong with it
 */
export async function readConfigFile(
  named: string | undefined,
  directory: string,
): Promise<ConfigFile | undefined> {
  const path = named === undefined ? await findIn(directory) : resolve(directory, named);
  if (path === undefined) return undefined;
  const content = await load(path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    const form =
      extname(path) === '.json' ? 'hold' : "have as its default export ('export default')";
    throw new ConfigurationError(`${path} must ${form} an object: the options of connect`);
  }
  return content as ConfigFile;
}

async function findIn(directory: string): Promise<string | undefined> {
  const there = await Promise.all(NAMES.map(async (name) => isFile(join(directory, name))));
  const [first, second] = NAMES.filter((_, index) => there[index]);
  if (second !== undefined) {
    throw new ConfigurationError(
      `${directory} has both ${first} and ${second}: remove one, or name one with --config`,
    );
  }
  return first === undefined ? undefined : join(directory, first);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function load(path: string): Promise<unknown> {
  try {
    switch (extname(path)) {
      case '.json':
        return JSON.parse(await readFile(path, 'utf8')) as unknown;
      // Not every Node that we run on reads TypeScript.
      case '.ts':
      case '.mts':
        return await createJiti(import.meta.url, { fsCache: false }).import(path, {
          default: true,
        });
      default:
        return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`${path} cannot be read: ${reason}`, { cause });
  }
}
