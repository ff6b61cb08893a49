/**
 * The outermost frame of a command: turns what happened into an exit status.
 * A step that fails prints its log; a signal ends us by that same signal, so that a shell sees it too.
 */

/** A step failed; `message` says it to a human, `log` is the whole output of the tool that failed. */
export class StepFailure extends Error {
  /**
   * @param {string} message
   * @param {{ log?: string, exitCode?: number }} [detail]
   */
  constructor(message, { log = '', exitCode = 1 } = {}) {
    super(message);
    this.name = 'StepFailure';
    this.log = log;
    this.exitCode = exitCode;
  }
}

/** Somebody ended us, or our child, by a signal. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`ended by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/** @param {() => Promise<number>} body returns the exit status */
export async function command(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (error instanceof Interrupted) {
      process.kill(process.pid, error.signal);
    } else if (error instanceof StepFailure) {
      process.stderr.write(
        `${error.log}${error.log && !error.log.endsWith('\n') ? '\n' : ''}${error.message}\n`,
      );
      process.exitCode = error.exitCode;
    } else {
      throw error;
    }
  }
}
