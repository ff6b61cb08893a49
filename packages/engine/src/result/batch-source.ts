/** Where a result's batches come from: an execution, or whatever stands in for one. */
export interface BatchSource {
  readonly partCount: number;
  /** The next batch of any part; undefined after the last. Throws what made the statement fail. */
  next(): Promise<{ readonly part: number; readonly buffer: SharedArrayBuffer } | undefined>;
  /** Whether what came of a part is to be left out. Final once `next` has returned undefined. */
  isMissing(part: number): boolean;
  /** The batch has been read. Its buffer may be written again; undefined when it is kept. */
  release(part: number, buffer: SharedArrayBuffer | undefined): void;
}
