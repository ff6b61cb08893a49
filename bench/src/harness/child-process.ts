import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a child sends back. */
export type ChildReport = { ok: true; result: unknown } | { ok: false; message: string };

/** A run that failed in its child process: an error, an early exit, or no exit in time. */
export class ChildRunError extends Error {
  override readonly name = 'ChildRunError';
}

const entry = fileURLToPath(new URL('./child-main.js', import.meta.url));

/**
 * Runs `run(input)` of a module in a fresh process and returns what it resolves to.
 *
 * The process must end by itself once `run` is done: one that has reported but still lives after `timeoutMs`, or has
 * not reported by then, is killed and the run fails (a leaked thread, socket or timer, or a deadlock).
 *
 * @throws ChildRunError
 */
export function runInChild<Input, Output>(
  moduleUrl: string,
  input: Input,
  timeoutMs: number,
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = fork(entry, [moduleUrl, JSON.stringify(input)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let reported: ChildReport | undefined;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('message', (message) => {
      reported = message as ChildReport;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (timedOut) {
        const state =
          reported === undefined ? 'gave no result' : 'gave its result but did not exit';
        reject(new ChildRunError(`${moduleUrl} ${state} within ${timeoutMs} ms`));
      } else if (reported === undefined) {
        reject(new ChildRunError(`${moduleUrl} exited early (code ${code}, signal ${signal})`));
      } else if (!reported.ok) {
        reject(new ChildRunError(reported.message));
      } else {
        resolve(reported.result as Output);
      }
    });
  });
}
