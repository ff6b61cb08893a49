import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/**
 * Waits until a condition holds: `look` gives undefined once it does, else what stands in the way.
 *
 * @throws Error with what was last in the way, when it is after `withinMs`
 */
export async function eventually(
  look: () => unknown | Promise<unknown>,
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const obstacle = await look();
    if (obstacle === undefined) return;
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${JSON.stringify(obstacle)}`);
    }
    await delay(LOOK_AGAIN_MS);
  }
}

/** The outcome of a promise, or an error when there is none in time: a hang fails here and says what hung. */
export async function within<T>(ms: number, what: string, promise: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a promise is rejected with. @throws Error when it is fulfilled instead */
export async function failureOf<E = Error & Record<string, unknown>>(
  promise: PromiseLike<unknown>,
): Promise<E> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as E;
  }
  throw new Error(`expected a failure, got ${JSON.stringify(value)?.slice(0, 500)}`);
}
