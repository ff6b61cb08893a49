/**
 * The same tests under hostile representations: the answers must not depend on where a batch ends, how many
 * threads there are, or how the network cuts its bytes.
 *
 * A slice is a test file named `*.slice.test.ts`, anywhere in packages/ or test/: few tests that reach through much
 * code, and short enough to run once in each mode in every `npm test`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StepFailure } from '../process/command.mjs';
import { formatSeconds } from '../process/step.mjs';
import { inCheckout } from '../setup/checkout.mjs';
import { runSuiteQuietly } from './tools.mjs';

/** @type {[variable: string, value: string, meaning: string][]} */
const MODES = [
  ['MILLRACE_BATCH_ROWS', '1', 'every batch holds one row'],
  ['MILLRACE_THREADS', '1', 'all shards and merges share one thread'],
  ['MILLRACE_READ_BYTES', '7', 'sockets hand over seven bytes at a time'],
  ['MILLRACE_VERIFY', '1', 'every batch is verified where it crosses a boundary'],
];
const SLICE = '.slice.test.ts';

/**
 * @param {{ full: boolean, vitestArgs: string[] }} what `full`: the whole suite instead of the slices
 * @throws {StepFailure}
 */
export async function runHostileModes({ full, vitestArgs }) {
  if (!full && !hasSlices()) {
    process.stdout.write(`hostile: no *${SLICE} files yet\n`);
    return;
  }
  for (const [variable, value, meaning] of MODES) {
    await runMode(`${variable}=${value}`, meaning, full ? vitestArgs : [SLICE], {
      ...process.env,
      [variable]: value,
    });
  }
}

/**
 * @param {string} mode
 * @param {string} meaning
 * @param {string[]} vitestArgs
 * @param {NodeJS.ProcessEnv} env
 */
async function runMode(mode, meaning, vitestArgs, env) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-hostile-'));
  const report = join(folder, 'report.json');
  const startMs = performance.now();
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { exitCode, output } = await runSuiteQuietly([...vitestArgs, ...reporters], env);
    if (exitCode !== 0) {
      throw new StepFailure(`hostile ${mode}: failed (${meaning})`, { log: output, exitCode });
    }
    const { passed, skipped } = readCounts(report);
    if (passed === 0) {
      throw new StepFailure(`hostile ${mode}: no test ran`, { log: output });
    }
    const seconds = formatSeconds(performance.now() - startMs);
    process.stdout.write(
      `hostile ${mode}: ${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''} (${meaning}), ${seconds}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} report vitest's JSON report */
function readCounts(report) {
  const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
  return {
    passed: Number(numPassedTests),
    skipped: Number(numTotalTests) - Number(numPassedTests),
  };
}

function hasSlices() {
  return ['packages', 'test'].some((folder) => holdsSlice(inCheckout(folder)));
}

/** @param {string} folder */
function holdsSlice(folder) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.isDirectory()) {
      return (
        entry.name !== 'node_modules' &&
        entry.name !== 'dist' &&
        holdsSlice(join(folder, entry.name))
      );
    }
    return entry.name.endsWith(SLICE);
  });
}
