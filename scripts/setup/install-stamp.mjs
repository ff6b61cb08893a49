/**
 * Tells whether node_modules is what the lockfile asks for, without asking pnpm (about a second) or a registry.
 * After an install we leave a stamp: a hash of everything that decides what is installed, and a list of what
 * was there then. It holds while the hash is the same and all of the list is still there.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCheckout, readJson, workspaceFolders } from './checkout.mjs';

const STAMP = 'node_modules/.millrace-setup';
const STORE = 'node_modules/.pnpm';

/** @typedef {{ inputs: string, links: string[], store: string[] }} Stamp */

export function installationIsCurrent() {
  const stamp = readStamp();
  if (stamp === undefined || stamp.inputs !== hashInputs()) {
    return false;
  }
  const store = new Set(listStore());
  // A link whose target is gone does not exist for existsSync.
  return (
    stamp.store.every((name) => store.has(name)) &&
    stamp.links.every((link) => existsSync(inCheckout(link)))
  );
}

/** Call before an install, so that one that is cut short leaves no stamp. */
export function clearStamp() {
  rmSync(inCheckout(STAMP), { force: true });
}

/** @returns {string[]} required packages that are missing; when there are none, the stamp is written. */
export function stampInstallation() {
  const { required, optional } = dependencyLinks();
  const missing = required.filter((link) => !existsSync(inCheckout(link)));
  if (missing.length === 0) {
    const links = [...required, ...optional.filter((link) => existsSync(inCheckout(link)))];
    /** @type {Stamp} */
    const stamp = { inputs: hashInputs(), links, store: listStore() };
    writeFileSync(inCheckout(STAMP), JSON.stringify(stamp));
  }
  return missing;
}

/** @returns {Stamp | undefined} */
function readStamp() {
  if (!existsSync(inCheckout(STAMP))) {
    return undefined;
  }
  try {
    return readJson(STAMP);
  } catch {
    // Cut off while it was written: as good as none.
    return undefined;
  }
}

/** The platform counts: optional packages hold one platform's binaries. */
function hashInputs() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  const manifests = workspaceFolders().map((folder) => join(folder, 'package.json'));
  for (const path of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests]) {
    if (existsSync(inCheckout(path))) {
      const content = readFileSync(inCheckout(path));
      hash.update(`\0${path}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

function listStore() {
  return existsSync(inCheckout(STORE)) ? readdirSync(inCheckout(STORE)).sort() : [];
}

/** The manifest of every direct dependency: one lookup through pnpm's link into its store. */
function dependencyLinks() {
  /** @type {string[]} */
  const required = [];
  /** @type {string[]} */
  const optional = [];
  for (const folder of workspaceFolders()) {
    const manifest = readJson(join(folder, 'package.json'));
    const link = (/** @type {string} */ name) => join(folder, 'node_modules', name, 'package.json');
    required.push(
      ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).map(link),
    );
    optional.push(...Object.keys(manifest.optionalDependencies ?? {}).map(link));
  }
  return { required, optional };
}
