// Where things are in this checkout, and which folders are workspace members.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkoutRoot = fileURLToPath(new URL('../..', import.meta.url));

/** @param {string} path relative to the root of the checkout */
export function inCheckout(path) {
  return join(checkoutRoot, path);
}

/** @param {string} path relative to the root of the checkout */
export function readJson(path) {
  return JSON.parse(readFileSync(inCheckout(path), 'utf8'));
}

/**
 * Folders that hold a package.json, the root ('') first. Reads pnpm-workspace.yaml's `packages:` list, of which
 * we use two forms: `folder` and `folder/*`.
 * @returns {string[]} relative to the root
 */
export function workspaceFolders() {
  const yaml = readFileSync(inCheckout('pnpm-workspace.yaml'), 'utf8');
  const list = /^packages:\n((?:[ \t]+-.*\n)+)/m.exec(yaml)?.[1] ?? '';
  const patterns = [...list.matchAll(/-\s*['"]?([^'"\s]+)/g)].map((match) => String(match[1]));
  const folders = patterns.flatMap((pattern) =>
    pattern.endsWith('/*') ? childrenOf(pattern.slice(0, -2)) : [pattern],
  );
  return [
    '',
    ...folders.filter((folder) => existsSync(inCheckout(join(folder, 'package.json')))).sort(),
  ];
}

/** @param {string} folder */
function childrenOf(folder) {
  if (!existsSync(inCheckout(folder))) {
    return [];
  }
  return readdirSync(inCheckout(folder)).map((name) => `${folder}/${name}`);
}
