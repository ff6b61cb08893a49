/** A set of PostgreSQL servers that one run may use, wherever they come from. */
export interface ShardServers extends AsyncDisposable {
  /** One connection URL a shard, in shard order. */
  readonly urls: readonly string[];
  /** Gives everything back: servers started are stopped, databases created are dropped. May be called again. */
  stop(): Promise<void>;
}
