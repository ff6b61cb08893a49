import { crc32 } from 'node:zlib';
import type { Block } from './block.js';
import { CsvTally } from './csv-tally.js';

/** What each node serves again and again. */
export interface BlockFacts {
  readonly rows: number;
  readonly bytes: number;
  /** CRC-32 of its bytes. */
  readonly crc32: number;
  /** The sum over its rows (`value-sum.ts`): what `SHOW SUM` tells after an IMPORT of it into a table `values`. */
  readonly valueSum: number;
}

/** What there is to know of a block for who compares with it. */
export function blockFacts({ rows, csv }: Block): BlockFacts {
  const values = new CsvTally('values');
  values.write(csv);
  return { rows, bytes: csv.length, crc32: crc32(csv), valueSum: values.sum };
}
