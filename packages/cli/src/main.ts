/** Entry of the `millrace` command. */
import { Interruption } from './interruption.js';
import { runMillrace } from './run-millrace.js';

const interruption = new Interruption(process);
process.exitCode = await runMillrace(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  directory: process.cwd(),
  signal: interruption.signal,
});
interruption.finish();
