import { TimeoutError } from '../errors.js';

interface Waiting {
  readonly shards: readonly number[];
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Who may run: a statement starts when every shard it needs has a free place, all of them at once, in order of arrival.
 * Were places taken one by one, two statements could each hold what the other waits for.
 */
export class Admission {
  readonly #free: number[];
  readonly #queue: Waiting[] = [];
  readonly #timeoutMs: number;
  #closed: (() => Error) | undefined;

  /** @param perShard statements on a shard at the same time */
  constructor(shardCount: number, perShard: number, timeoutMs: number) {
    this.#free = Array.from({ length: shardCount }, () => perShard);
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Waits for a place on each of the shards. Each place is given back by `leave`.
   *
   * @throws TimeoutError after `queueTimeoutMs`, and the signal's reason when it is aborted while waiting
   */
  async enter(shards: readonly number[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed();
    if (this.#queue.length === 0 && this.#take(shards)) return;
    await new Promise<void>((resolve, reject) => {
      const leaveQueue = (error: unknown): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        done();
        reject(error);
        this.#admit();
      };
      const onAbort = (): void => leaveQueue(signal.reason);
      const timer = setTimeout(() => leaveQueue(this.#overdue()), this.#timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const waiting: Waiting = {
        shards,
        admit: () => {
          done();
          resolve();
        },
        refuse: (error) => {
          done();
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort);
      this.#queue.push(waiting);
    });
  }

  /** Lets nobody in any more: whoever waits, or comes, gets an error. */
  close(error: () => Error): void {
    this.#closed = error;
    for (const waiting of this.#queue.splice(0)) waiting.refuse(error());
  }

  /** Gives the place on one shard back. */
  leave(shard: number): void {
    this.#free[shard] = (this.#free[shard] as number) + 1;
    this.#admit();
  }

  #admit(): void {
    for (
      let next = this.#queue[0];
      next !== undefined && this.#take(next.shards);
      next = this.#queue[0]
    ) {
      this.#queue.shift();
      next.admit();
    }
  }

  #take(shards: readonly number[]): boolean {
    if (shards.some((shard) => (this.#free[shard] as number) === 0)) return false;
    for (const shard of shards) this.#free[shard] = (this.#free[shard] as number) - 1;
    return true;
  }

  #overdue(): TimeoutError {
    const hint = "'connectionsPerShard' says how many statements run on a shard at the same time";
    return new TimeoutError(
      `No connection became free within ${this.#timeoutMs} ms (queueTimeoutMs); ${hint}`,
    );
  }
}
