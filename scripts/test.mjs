/**
 * `npm test`: everything that must hold before a change goes in, in this order: install and build, lint
 * (formatting, layers, cycles), type check of the tests, hostile slices, and last the whole suite, so that
 * the last lines on the screen are vitest's own summary. The first failing step ends the run.
 *
 * `npm test -- --hostile-full`     the whole suite, not only the slices, under each hostile mode (slow)
 * `npm test -- <vitest arguments>` a quick look: build, then only vitest with these filters and options
 *
 * The hostile modes and what a slice is: checks/hostile-modes.mjs.
 */
import { runHostileModes } from './checks/hostile-modes.mjs';
import { lint, runSuite, typeCheckTests } from './checks/tools.mjs';
import { command } from './process/command.mjs';
import { setup } from './setup/setup.mjs';

const HOSTILE_FULL = '--hostile-full';

await command(async () => {
  const args = process.argv.slice(2);
  const vitestArgs = args.filter((arg) => arg !== HOSTILE_FULL);
  const full = args.includes(HOSTILE_FULL);
  await setup();
  if (vitestArgs.length === 0) {
    await lint();
    await typeCheckTests();
  }
  if (full || vitestArgs.length === 0) {
    await runHostileModes({ full, vitestArgs });
  }
  return runSuite(vitestArgs);
});
