/** Holds a transfer down to so many bytes a second. */
import { setTimeout as delay } from 'node:timers/promises';

export class Pace {
  readonly #bytesPerSecond: number;
  #freeAt = 0;

  /** @param bytesPerSecond 0 for no limit */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  async spend(bytes: number): Promise<void> {
    if (this.#bytesPerSecond === 0) return;
    const now = performance.now();
    this.#freeAt = Math.max(now, this.#freeAt) + (bytes * 1_000) / this.#bytesPerSecond;
    await delay(this.#freeAt - now);
  }
}
