import { setMaxListeners } from 'node:events';
import { CancelledError, ConfigurationError, TimeoutError } from './errors.js';

/** The time a call may take and the signal that may end it, as one signal whose reason is the error to throw. */
export class CallScope {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @throws ConfigurationError for a signal that is none, or a time that is no positive number */
  constructor({
    signal,
    timeoutMs,
  }: { signal?: AbortSignal | undefined; timeoutMs?: number | undefined }) {
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new ConfigurationError("'signal' must be an AbortSignal");
    }
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
      throw new ConfigurationError("'timeoutMs' must be a positive number");
    }
    this.#outer = signal;
    // Many calls may share a signal; each leaves it when it ends.
    if (signal !== undefined) setMaxListeners(0, signal);
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) this.#onAbort();
    if (timeoutMs !== undefined && Number.isFinite(timeoutMs)) {
      const overdue = new TimeoutError(
        `The statement took longer than ${timeoutMs} ms (timeoutMs)`,
      );
      // Longer times than a timer takes (24 days) are as good as none.
      this.#timer = setTimeout(() => this.end(overdue), Math.min(timeoutMs, 0x7fffffff));
    }
  }

  /** Aborts with the error to throw as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the call with an error. */
  end(error: Error): void {
    this.#controller.abort(error);
  }

  /** The call is over: neither time nor signal matter any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.end(new CancelledError('The statement was cancelled by its signal', this.#outer?.reason));
  };
}
