import type { ServerAddress } from '@millrace/postgres';
import type { ShardSettings } from './protocol.js';

/** A server that did not take us is asked last for so long. */
const AVOID_MS = 5_000;

/** The servers of each shard, by number, and which of them did not take us lately. */
export class ShardServers {
  readonly #shards: readonly ShardSettings[];
  /** Until when a server is asked last, by `performance.now()`. */
  readonly #avoided = new Map<ServerAddress, number>();

  constructor(shards: readonly ShardSettings[]) {
    this.#shards = shards;
  }

  of(shard: number): ShardSettings {
    return this.#shards[shard] as ShardSettings;
  }

  /** All servers of a shard. */
  numbers(shard: number): readonly number[] {
    const { replicas = [] } = this.of(shard);
    return [0, ...replicas.map((_, i) => i + 1)];
  }

  address(shard: number, server: number): ServerAddress {
    const { address, replicas } = this.of(shard);
    return server === 0 ? address : (replicas?.[server - 1]?.address as ServerAddress);
  }

  avoid(shard: number, server: number): void {
    this.#avoided.set(this.address(shard, server), performance.now() + AVOID_MS);
  }

  /** The servers given, those to be avoided last. */
  inOrder(shard: number, servers: readonly number[]): readonly number[] {
    if (servers.length === 1) return servers;
    const now = performance.now();
    const avoided = (server: number): boolean =>
      (this.#avoided.get(this.address(shard, server)) ?? 0) > now;
    return [...servers.filter((server) => !avoided(server)), ...servers.filter(avoided)];
  }
}
