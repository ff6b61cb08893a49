/** Shards of PostgreSQL whose rows go from their threads to those of tunnels, one stream each. */
import type { MessagePort } from 'node:worker_threads';
import type { Schema } from '@millrace/batch';
import type { CsvDialect } from '@millrace/exasol';
import type { TransferEnd } from './transfer.js';

/** A statement under way on shards, whose batches wait at ports. `Database.outputs` makes them. */
export interface ShardOutputs {
  readonly kind: 'shard-outputs';
  /** Names of the shards, in the order of the ports. */
  readonly shards: readonly string[];
  /** One for each stream: the reader's end of an exchange. */
  readonly ports: readonly MessagePort[];
  readonly schema: Schema;
  /** Settles when all shards have ended well and their batches are taken. @throws what befalls a shard */
  finish(): Promise<void>;
  /** Ends what is under way. */
  stop(reason: Error): void;
}

export function isShardOutputs(value: unknown): value is ShardOutputs {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'shard-outputs'
  );
}

/** The caller's side of each stream: it only hears how the statement ends. */
export function shardEnds(
  outputs: ShardOutputs,
  { compression, dialect }: { readonly compression: boolean; readonly dialect: CsvDialect },
): TransferEnd[] {
  const { ports, schema } = outputs;
  let finished: Promise<void> | undefined;
  let stopped: Error | undefined;
  return ports.map((port, index) => ({
    move: {
      place: { index, workers: ports.length },
      compression,
      format: undefined,
      direction: 'import',
      source: { kind: 'exchange', port, schema, dialect },
    },
    ports: [port],
    run: () => {
      finished ??= outputs.finish();
      return finished;
    },
    stop: (reason) => {
      stopped = reason;
      outputs.stop(reason);
    },
    // The node may tell of the broken stream before the shard tells why.
    isOwn: (error) => index === 0 && error !== stopped,
    // Its task counts.
    rowCount: () => undefined,
  }));
}
