import type { Gathered, Purpose } from '../peers/contender.js';
import { checksumColumns } from './column-checksum.js';
import { touchColumns } from './column-touch.js';
import type { ColumnView } from './column-view.js';
import { GatherChecksum } from './gather-checksum.js';

/** Touches or hashes batches as they come, as the purpose asks. */
export class ColumnConsumer {
  readonly #purpose: Purpose;
  readonly #checksum = new GatherChecksum();
  #rows = 0;
  #fold = 0;
  #touchMs = 0;

  constructor(purpose: Purpose) {
    this.#purpose = purpose;
  }

  /** Reads one batch. Its memory is not used afterwards. */
  add(views: readonly ColumnView[]): void {
    const start = performance.now();
    this.#rows += views[0]?.rowCount ?? 0;
    if (this.#purpose === 'verify') checksumColumns(views, this.#checksum);
    else this.#fold = (this.#fold + touchColumns(views)) | 0;
    this.#touchMs += performance.now() - start;
  }

  /** What all batches came to. */
  result(): Gathered {
    const gathered = { rows: this.#rows, touchMs: this.#touchMs, fold: this.#fold };
    return this.#purpose === 'verify'
      ? { ...gathered, checksum: this.#checksum.result() }
      : gathered;
  }
}
