import type { Gathered, Purpose } from '../peers/contender.js';
import { GatherChecksum } from './gather-checksum.js';
import { checksumRows, type GatherRow } from './row-checksum.js';
import { touchRows } from './row-touch.js';

/** Touches or hashes the rows of all results, as the purpose asks. */
export function consumeRows(
  results: readonly (readonly GatherRow[])[],
  purpose: Purpose,
): Gathered {
  const start = performance.now();
  const checksum = new GatherChecksum();
  let rows = 0;
  let fold = 0;
  for (const result of results) {
    rows += result.length;
    if (purpose === 'verify') checksumRows(result, checksum);
    else fold += touchRows(result);
  }
  const touchMs = performance.now() - start;
  return purpose === 'verify'
    ? { rows, touchMs, fold, checksum: checksum.result() }
    : { rows, touchMs, fold };
}
