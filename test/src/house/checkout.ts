import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. Tests about the house read it as it is on disk. */
export const checkoutRoot: string = fileURLToPath(new URL('../../..', import.meta.url));

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.millrace']);

/** Paths of all files we write ourselves, relative to the root, with forward slashes, sorted. */
export function listFiles(folder = ''): string[] {
  return readdirSync(join(checkoutRoot, folder))
    .filter((name) => !NOT_OURS.has(name))
    .map((name) => (folder === '' ? name : `${folder}/${name}`))
    .flatMap((path) => (statSync(join(checkoutRoot, path)).isDirectory() ? listFiles(path) : path))
    .sort();
}

/** The text of one file, given relative to the root. */
export function readText(path: string): string {
  return readFileSync(join(checkoutRoot, path), 'utf8');
}
