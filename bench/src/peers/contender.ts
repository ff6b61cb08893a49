import type { Checksum } from '../checksum/gather-checksum.js';

/** `timed`: every value is touched, as lightly as can be. `verify`: every value is hashed. Bytes are only counted by floors. */
export type Purpose = 'timed' | 'verify';

/** Where the shards are, for one contender. */
export interface Target {
  /** One connection string a shard. */
  readonly urls: readonly string[];
}

/** What one gather gave. */
export interface Gathered {
  readonly rows: number;
  /** Bytes received, where the contender counts them. */
  readonly bytes?: number;
  /** How much of the wall time the bench's own touching took, in milliseconds. */
  readonly touchMs: number;
  /** What touching added up; printed nowhere, kept so that nothing can be skipped. */
  readonly fold: number;
  /** After `verify`, of contenders that decode. */
  readonly checksum?: Checksum;
}

/** A contender that is connected to every shard and has answered one statement on each. */
export interface Session {
  gather(purpose: Purpose): Promise<Gathered>;
  close(): Promise<void>;
}

/** One way of getting all rows of all shards into this process. Each is a module that exports `contender`. */
export interface Contender {
  open(target: Target): Promise<Session>;
}
