/**
 * Real PostgreSQL 18 shards from npm-shipped binaries, for demos, tests and local development.
 *
 * `startCluster` starts servers of its own; `shardsFromEnvironment` borrows the servers named by
 * `MILLRACE_SHARDS`. Both give {@link ShardServers}, so that a caller needs only one line:
 *
 * ```ts
 * const servers = (await shardsFromEnvironment({ shards: 4, runSql })) ?? (await startCluster({ shards: 4 }));
 * ```
 */
export { type Cluster, type ClusterOptions, startCluster } from './cluster.js';
export type { EmbeddedShard } from './embedded-shard.js';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './errors.js';
export type { ShardServers } from './shard-servers.js';
export {
  type EnvironmentShards,
  type EnvironmentShardsOptions,
  shardsFromEnvironment,
} from './shards-from-environment.js';
export type { ClusterLocale } from './template.js';
