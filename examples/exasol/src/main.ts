/** `npm run example -- exasol <program> [arguments]`: runs one of the programs beside this file. */
import { argv, stderr } from 'node:process';

const PROGRAMS: Readonly<Record<string, () => Promise<unknown>>> = {
  'parallel-export': () => import('./parallel-export.js'),
  'parallel-import': () => import('./parallel-import.js'),
  'export-then-import': () => import('./export-then-import.js'),
  'two-processes': () => import('./two-processes.js'),
};

const [name = ''] = argv.splice(2, 1);
const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
if (program === undefined) {
  stderr.write(
    `npm run example -- exasol <program>: there are ${Object.keys(PROGRAMS).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  try {
    await program();
  } catch (error) {
    stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
