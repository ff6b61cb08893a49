import type { ByteSource } from '@millrace/exasol';

/** Where the bytes of a tunnel come from. */
export interface SourceEnd {
  readonly source: ByteSource;
  /** Rows given, where they are known. */
  rowCount(): number | undefined;
  /** Lets go of what gives the bytes. */
  stop(error: unknown): void;
}
