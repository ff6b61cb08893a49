import { MessageChannel } from 'node:worker_threads';
import type { SessionUse } from '@millrace/worker';
import type { Shard } from '../topology/shards.js';
import { CopyRun } from './copy-run.js';
import { CREDITS } from './execution.js';
import type { Slot } from './slot.js';
import type { CopyRequest } from './staging.js';

export interface CopySettings {
  readonly shard: (index: number) => Shard;
  readonly slot: (shard: number) => Slot;
  /** Bytes after which a chunk is closed. */
  readonly chunkBytes: number;
}

/** The sessions of a COPY, and the index of the server that is fed. */
export interface CopyUses {
  readonly from: SessionUse;
  readonly into: SessionUse;
  readonly shard: number;
}

/** Starts the tasks of a COPY: those that read, on their shards' threads, straight into the one that they feed. */
export function startCopy(
  { from, into, limits, signal }: CopyRequest,
  uses: CopyUses,
  { shard, slot, chunkBytes }: CopySettings,
): CopyRun {
  const channels = [...from, into].map(() => new MessageChannel());
  const exchanges = from.map(() => new MessageChannel());
  const shards = [...from.map((source) => shard(source.shard)), shard(uses.shard)];
  const run = new CopyRun(
    shards.map((it, i) => ({ shard: it, port: (channels[i] as MessageChannel).port1 })),
  );
  const onAbort = (): void => run.fail(signal.reason as Error);
  signal.addEventListener('abort', onAbort);
  void run.settled().then(() => signal.removeEventListener('abort', onAbort));
  const watch = (task: Promise<void>, index: number): void => {
    task.then(
      () => run.taskSettled(index, { failed: false }),
      () => run.taskSettled(index, { failed: true }),
    );
  };
  const port = (index: number) => (channels[index] as MessageChannel).port2;
  from.forEach((source, i) => {
    const output = (exchanges[i] as MessageChannel).port1;
    const task = { kind: 'copy-out', ...source, session: uses.from, credits: CREDITS } as const;
    watch(slot(source.shard).run({ ...task, chunkBytes, output, port: port(i) }), i);
  });
  const inputs = exchanges.map(({ port2 }) => port2);
  const task = { kind: 'copy-in', shard: uses.shard, sql: into, session: uses.into } as const;
  watch(slot(uses.shard).run({ ...task, inputs, limits, port: port(from.length) }), from.length);
  if (signal.aborted) onAbort();
  return run;
}
