import type { ByteSink } from '@millrace/exasol';

/** What a sink tells of a stream that it has whole. */
export interface SinkReport {
  readonly rowCount?: number;
  readonly result?: unknown;
}

export interface SinkEnd {
  readonly write: ByteSink;
  /** Everything has come. */
  finish(): Promise<SinkReport>;
  /** Nothing more comes, or all that came is worth nothing: the statement has failed. */
  discard(error: unknown): Promise<void>;
}
