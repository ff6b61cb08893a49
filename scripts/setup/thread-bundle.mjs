/**
 * The thread's entry as one file. A worker thread loads it in a third of the time that its forty modules take, which is
 * a good part of `connect`.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { StepFailure } from '../process/command.mjs';
import { inCheckout } from './checkout.mjs';
import { notWritableAdvice } from './ownership.mjs';

const ENTRY = 'packages/worker/dist/main.js';
const BUNDLE = 'packages/worker/dist/thread.js';
/** Packages whose code runs in threads. */
const SOURCES = [
  'packages/batch/dist',
  'packages/operators/dist',
  'packages/postgres/dist',
  'packages/worker/dist',
];

/** Whether the bundle is newer than all that it is made of. */
export function threadBundleIsCurrent() {
  const bundled = modifiedAt(inCheckout(BUNDLE));
  return SOURCES.every((folder) => newestModule(inCheckout(folder)) <= bundled);
}

/**
 * Makes the bundle anew if it is out of date.
 * @param {{ readOnly: boolean }} checkout
 */
export async function bundleThread({ readOnly }) {
  if (threadBundleIsCurrent()) return;
  if (readOnly)
    throw new StepFailure(`The thread's bundle must be built first. ${notWritableAdvice()}`);
  // Here and not above: before the packages are installed there is none.
  const { build } = await import('rolldown');
  await build({
    input: inCheckout(ENTRY),
    platform: 'node',
    // What is ours, and comlink, goes in; what is `pg`'s stays, for the application may use the same copy.
    external: /^(node:|pg($|[-/]))/,
    output: { file: inCheckout(BUNDLE), format: 'esm', sourcemap: true },
    logLevel: 'warn',
  });
}

/** @param {string} folder */
function newestModule(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const modules = files.filter(
    (file) => file.endsWith('.js') && path.basename(file) !== 'thread.js',
  );
  return Math.max(...modules.map((file) => modifiedAt(path.join(folder, file))));
}

/** @param {string} file */
function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
