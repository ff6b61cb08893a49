// The tools that `npm test` is made of.
import { runNode, runNodeQuietly } from '../process/child.mjs';
import { StepFailure } from '../process/command.mjs';
import { step } from '../process/step.mjs';
import { inCheckout } from '../setup/checkout.mjs';

const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const TSC = 'node_modules/typescript/bin/tsc';
const VITEST = 'node_modules/vitest/vitest.mjs';
/** Without it vitest writes a compiled copy of its configuration into node_modules, which may be read-only. */
const VITEST_ARGS = ['run', '--configLoader=runner'];

/** Formatting, lint, import order, layers and cycles (biome.json). */
export async function lint() {
  const args = ['check', '--error-on-warnings', '--max-diagnostics=100', ...colors()];
  await runStep('linting', 'Lint failed: `npm run format` fixes what can be fixed.', [
    BIOME,
    ...args,
  ]);
}

/**
 * Writes what lint can fix by itself, and shows what it cannot.
 *
 * @returns {Promise<number>} exit status
 */
export function format() {
  return runNode([inCheckout(BIOME), 'check', '--write', inCheckout('.')]);
}

/** The build leaves tests out; here they are checked against the built packages. */
export async function typeCheckTests() {
  await runStep('type-checking tests', 'The tests do not type-check.', [
    TSC,
    '-p',
    'tsconfig.test.json',
    '--noEmit',
  ]);
}

/**
 * @param {string[]} vitestArgs
 * @returns {Promise<number>} exit status
 */
export function runSuite(vitestArgs) {
  return runNode([inCheckout(VITEST), ...VITEST_ARGS, ...vitestArgs]);
}

/**
 * @param {string[]} vitestArgs
 * @param {NodeJS.ProcessEnv} env
 */
export function runSuiteQuietly(vitestArgs, env) {
  return runNodeQuietly([inCheckout(VITEST), ...VITEST_ARGS, ...vitestArgs], { env });
}

/**
 * @param {string} label
 * @param {string} failure
 * @param {string[]} tool
 */
async function runStep(label, failure, [script, ...args]) {
  await step(label, async () => {
    const result = await runNodeQuietly([inCheckout(String(script)), ...args]);
    if (result.exitCode !== 0) {
      throw new StepFailure(failure, { log: result.output, exitCode: result.exitCode });
    }
  });
}

function colors() {
  return process.stderr.isTTY ? ['--colors=force'] : [];
}
