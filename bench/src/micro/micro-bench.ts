/** The stages of the pipeline that have micro benches of their own. */
export type MicroStage = 'decode' | 'csv' | 'batch-builder' | 'exchange' | 'bench';

/** One piece of code over a fixed input, measured alone. */
export interface MicroBench {
  readonly name: string;
  readonly stage: MicroStage;
  /** Values, rows or messages handled by one call of `run`: figures are given per unit. */
  readonly units: number;
  readonly unit: 'value' | 'row' | 'message';
  /** The name of the bench it is compared with, if any. */
  readonly reference?: string;
  /** Handles the input once and returns what it came to, so that nothing can be skipped. */
  run(): number | Promise<number>;
  /** Releases threads and ports. */
  close?(): Promise<void>;
}

/** A file of micro benches: makes its inputs when asked, small ones for the tests. */
export type MicroSuite = (small: boolean) => readonly MicroBench[] | Promise<readonly MicroBench[]>;
