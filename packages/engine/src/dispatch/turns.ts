/** What a session has under way. */
export interface UnderWay {
  fail(error: Error): void;
  /** Settles when nothing of it is under way any more, however it ended. */
  settled(): Promise<void>;
}

/** What is done on the connections of a session, one thing after the other. */
export class Turns {
  readonly #closedError: () => Error;
  readonly #running = new Set<UnderWay>();
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @param closedError what becomes of those that are under way when it is closed, or come later */
  constructor(closedError: () => Error) {
    this.#closedError = closedError;
  }

  /** Starts something when what was before is over. It may note more that has to be over before the next turn. */
  take<T extends UnderWay>(start: (also: (more: UnderWay) => void) => Promise<T>): Promise<T> {
    const started = this.#last.then(async () => {
      if (this.#closed) throw this.#closedError();
      const also = (more: UnderWay): void => {
        this.#running.add(more);
        // What is over is not failed by a close: its rows may still be waiting to be read.
        void more.settled().then(() => this.#running.delete(more));
      };
      const running = await start(also);
      also(running);
      return running;
    });
    const over = (): Promise<unknown> =>
      Promise.all([...this.#running].map((running) => running.settled()));
    this.#last = started.then(over, over);
    return started;
  }

  /** Fails what is under way. Settles when all is over. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const running of this.#running) running.fail(this.#closedError());
    await this.#last;
  }
}
