/**
 * The entry of a child process. Arguments: the URL of a module, and its input as JSON. The module's `run(input)` does
 * one measured run; what it returns goes to the parent over the IPC channel. A failure is sent too and exits with 1.
 */
import type { ChildReport } from './child-process.js';

interface RunModule {
  run(input: unknown): Promise<unknown>;
}

const [moduleUrl, input] = process.argv.slice(2);
if (moduleUrl === undefined || input === undefined || process.send === undefined) {
  throw new Error('child-main is started by the bench, with an IPC channel');
}

try {
  const { run } = (await import(moduleUrl)) as RunModule;
  report({ ok: true, result: await run(JSON.parse(input)) });
} catch (error) {
  // What the run has left open shall not keep the process: the failure is told, and that is the end.
  report({
    ok: false,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}

function report(message: ChildReport): void {
  process.send?.(message, () => {
    process.disconnect();
    if (!message.ok) process.exit(1);
  });
}
