import { Interrupted } from './command.mjs';

/**
 * One short line a step: `installing packages … 7 s`.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const startMs = performance.now();
  process.stdout.write(`${label} … `);
  try {
    const result = await work();
    process.stdout.write(`${formatSeconds(performance.now() - startMs)}\n`);
    return result;
  } catch (error) {
    process.stdout.write(error instanceof Interrupted ? 'stopped\n' : 'failed\n');
    throw error;
  }
}

/** @param {number} elapsedMs */
export function formatSeconds(elapsedMs) {
  return elapsedMs < 9_950
    ? `${(elapsedMs / 1_000).toFixed(1)} s`
    : `${Math.round(elapsedMs / 1_000)} s`;
}
