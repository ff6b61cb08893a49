import { threadBundleIsCurrent } from '../setup/thread-bundle.mjs';

/** Vitest calls it before all tests: tests of a bundle that is older than the code would test yesterday's code. */
export function setup() {
  if (!threadBundleIsCurrent())
    throw new Error("The thread's bundle is out of date: npm run build");
}
