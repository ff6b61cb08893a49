import type { ReplicaReads, Shard } from '../topology/shards.js';

/**
 * Statements that, as far as their first word tells, only read. One that writes after all is refused by a replica, whose
 * sessions are read-only, and then goes to the first server.
 */
const READING =
  /^(?:\s|\(|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:select|values|table|with|show)\b/i;

/** Which servers of a shard a statement may go to. Those that are alone, and statements that write, always to the first. */
export class Routes {
  readonly #shards: readonly Shard[];
  readonly #replicaReads: ReplicaReads;
  readonly #turns = new Map<number, number>();

  constructor(shards: readonly Shard[], replicaReads: ReplicaReads) {
    this.#shards = shards;
    this.#replicaReads = replicaReads;
  }

  /** Numbers of the servers that may be asked, in this order. */
  servers(shard: number, sql: string): readonly number[] {
    const count = this.#shards[shard]?.servers.length ?? 1;
    if (count === 1 || !READING.test(sql)) return [0];
    const first = this.#replicaReads === 'fallback' ? 0 : (this.#turns.get(shard) ?? 0);
    this.#turns.set(shard, (first + 1) % count);
    return Array.from({ length: count }, (_, i) => (first + i) % count);
  }
}
