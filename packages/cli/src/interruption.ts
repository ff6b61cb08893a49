/**
 * Signals that ask the command to end. The first one aborts `signal`, so that statements are cancelled on their servers;
 * one that follows later ends the process at once.
 */
type Name = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const SIGNALS: readonly Name[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** npm passes on a signal that the terminal has sent to us, too: one Ctrl-C may come twice. */
const SAME_SIGNAL_MS = 1_000;

/** The part of a process that is needed here. */
export interface Interruptible {
  readonly pid: number;
  on(signal: Name, listener: (signal: Name) => void): unknown;
  off(signal: Name, listener: (signal: Name) => void): unknown;
  kill(pid: number, signal: Name): unknown;
}

export class Interruption {
  readonly #process: Interruptible;
  readonly #controller = new AbortController();
  #received: Name | undefined;
  #receivedAt = 0;

  constructor(target: Interruptible) {
    this.#process = target;
    for (const signal of SIGNALS) target.on(signal, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * What was under way has ended. If a signal asked for it, the process ends by that same signal: a shell then reports 130
   * or 143, and a script that the user interrupts does not go on with its next line, as it would after an exit code.
   */
  finish(): void {
    for (const signal of SIGNALS) this.#process.off(signal, this.#onSignal);
    if (this.#received !== undefined) this.#process.kill(this.#process.pid, this.#received);
  }

  readonly #onSignal = (signal: Name): void => {
    if (this.#received !== undefined) {
      if (performance.now() - this.#receivedAt >= SAME_SIGNAL_MS) this.finish();
      return;
    }
    this.#received = signal;
    this.#receivedAt = performance.now();
    this.#controller.abort(new Error(`ended by ${signal}`));
  };
}
