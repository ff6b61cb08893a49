import type { Described, Ended, ExchangeReader, Failed } from '@millrace/worker';
import type { ShardError } from '../errors.js';
import type { Shard } from '../topology/shards.js';

/** What became of a statement on one shard. Times in milliseconds from its start. */
export interface ShardStats {
  readonly name: string;
  /** The server that answered: host, port and database. Undefined where none did. */
  readonly server: string | undefined;
  readonly rows: number;
  readonly bytes: number;
  /** Undefined without rows. */
  readonly firstRowMs: number | undefined;
  readonly totalMs: number;
}

/** A shard whose rows are not in the result, and why. */
export interface MissingShard {
  /** Name of the shard. */
  readonly shard: string;
  readonly error: ShardError;
}

/** The statement on one of its shards. */
export class ExecutionPart {
  described: Described | undefined;
  ended: Ended | undefined;
  rejected: Failed | undefined;
  /** The statement was stopped because its merge wanted no more rows. */
  unwanted: Failed | undefined;
  /** The shard was lost, and the result does without it. */
  lost: ShardError | undefined;
  /** The task has settled on its thread: its last word has come, or is on its way, or there is none. */
  settled = false;
  /** There was no last word, and there will be none. */
  dropped = false;
  /** Batches that the consumer has been given. */
  handedOut = 0;

  constructor(
    readonly shard: Shard,
    readonly reader: ExchangeReader,
  ) {}

  /** Whether all has come that will come. */
  get over(): boolean {
    return (this.ended ?? this.rejected ?? this.unwanted) !== undefined || this.dropped;
  }

  get stats(): ShardStats {
    const { completion, firstRowMs, totalMs = 0 } = this.ended ?? {};
    const { rowCount = 0, byteCount = 0 } = completion ?? this.unwanted ?? {};
    const server = this.lost === undefined ? this.described?.server : undefined;
    return {
      name: this.shard.name,
      server: server === undefined ? undefined : this.shard.servers[server]?.place,
      rows: rowCount,
      bytes: byteCount,
      firstRowMs,
      totalMs,
    };
  }
}
