import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Text on its way out, at the reader's pace: `write` waits while the reader has enough. A reader that goes away (`head`) is
 * no error, but the end of the work.
 */
export class Output {
  readonly #stream: Writable;
  readonly #signal: AbortSignal;
  #isGone = false;
  #failure: Error | undefined;

  /** @param signal nothing waits any longer once it is aborted */
  constructor(stream: Writable, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#isGone = true;
      if (error.code !== 'EPIPE') this.#failure = error;
    });
  }

  /**
   * Returns whether there is still a reader.
   *
   * @throws what the stream failed with, when it is not its reader that went away: a disk that is full
   */
  async write(text: string): Promise<boolean> {
    if (!this.#isGone && !this.#stream.write(text)) await this.#room();
    if (this.#failure !== undefined) throw this.#failure;
    return !this.#isGone;
  }

  async #room(): Promise<void> {
    try {
      await once(this.#stream, 'drain', { signal: this.#signal });
    } catch (error) {
      // An aborted signal ends the statement, and a stream's error has been noted above.
      if (!this.#isGone && !this.#signal.aborted) throw error;
    }
  }
}
