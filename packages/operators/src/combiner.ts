import type { Batch } from '@millrace/batch';
import type { Selection } from './rows/selection.js';

/** One step of a merge: batches of several inputs in, rows of one stream out. */
export interface Combiner {
  /** Whether a batch of this input would be read now. */
  wants(input: number): boolean;
  consume(input: number, batch: Batch): void;
  end(input: number): void;
  /** The next rows, `most` at most; undefined when there are none yet, or none any more. They are valid until the next call. */
  pull(most: number): Selection | undefined;
  /** Batches that no later selection needs, each once; asked for when the last selection is done with. */
  released(): readonly InputBatch[];
  /** Everything that is held goes to `released`: nobody will pull any more. */
  stop(): void;
  /** Whether nothing comes any more. */
  readonly done: boolean;
  readonly groups: number;
  /** Bytes of state. */
  readonly bytes: number;
}

export interface InputBatch {
  readonly input: number;
  readonly batch: Batch;
}
