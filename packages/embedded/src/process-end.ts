/**
 * What must happen when this process ends, whichever way: return, `process.exit`, uncaught error, or a
 * signal that asks it to. (Nothing can run on SIGKILL: see leftovers.ts.)
 *
 * Signals stay the application's own: where it handles one itself, that handler decides, and our
 * part is done at 'exit'. Else we clean up and raise the signal again, which gives the right exit status.
 */
import { isSystemError } from './errors.js';

const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Marks our handlers, so that two copies of this module do not each take the other for the application. */
const ours: symbol = Symbol.for('@millrace/embedded: signal handler');

const cleanups = new Set<() => void>();

/**
 * Calls `cleanup` when this process ends; it must be synchronous. The last registered runs first.
 * Returns a function that takes the registration back.
 */
export function onProcessEnd(cleanup: () => void): () => void {
  if (cleanups.size === 0) {
    listen();
  }
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) {
      unlisten();
    }
  };
}

function listen(): void {
  process.on('exit', runCleanups);
  for (const signal of signals) {
    process.on(signal, onSignal);
  }
}

function unlisten(): void {
  process.off('exit', runCleanups);
  for (const signal of signals) {
    process.off(signal, onSignal);
  }
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listeners(signal).some((listener) => !(ours in listener))) {
    return;
  }
  try {
    runCleanups();
  } finally {
    unlisten();
    process.kill(process.pid, signal);
  }
}
Object.defineProperty(onSignal, ours, { value: true });

function runCleanups(): void {
  const failures: unknown[] = [];
  for (const cleanup of [...cleanups].reverse()) {
    cleanups.delete(cleanup);
    try {
      cleanup();
    } catch (error) {
      // A file that will not go now goes at the next start, a process that is gone (ESRCH) was our aim.
      if (!isSystemError(error, 'ESRCH', 'EBUSY', 'ENOTEMPTY', 'EPERM', 'EACCES')) {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}
