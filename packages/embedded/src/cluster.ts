import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, prepareBinaries } from './binaries.js';
import { cacheDirectory } from './cache-directory.js';
import { ClusterShard, type EmbeddedShard } from './embedded-shard.js';
import { EmbeddedPostgresError } from './errors.js';
import { freePorts } from './free-ports.js';
import { removeLeftovers } from './leftovers.js';
import { onProcessEnd } from './process-end.js';
import { removeTree, removeTreeSync } from './remove-tree.js';
import { createRunDirectory, type RunDirectory } from './run-directory.js';
import { type ServerAccount, serverAccount } from './server-account.js';
import { serverConfiguration } from './server-settings.js';
import type { ShardServers } from './shard-servers.js';
import { type ClusterLocale, copyTemplate, prepareTemplate, type Template } from './template.js';

export interface ClusterOptions {
  /** How many servers, 1 to 64. */
  readonly shards: number;
  /**
   * `socket` (default): Unix sockets that only this user can open, no TCP. `tcp` (default on Windows): a free port
   * of 127.0.0.1 each, with a password, which the URLs hold.
   */
  readonly host?: 'socket' | 'tcp';
  /** Default: the built-in `C.UTF-8`, which sorts by code point on every platform. The encoding is UTF-8. */
  readonly locale?: ClusterLocale;
  /** Server settings as in `postgresql.conf`, over our defaults. The address cannot be set here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long one server may take to start, recovery included. Default 60,000. */
  readonly startTimeoutMs?: number;
}

/** Running servers. They end with `stop`, or else with this process; their data goes with them. */
export interface Cluster extends ShardServers {
  readonly shards: readonly EmbeddedShard[];
}

interface Preparation {
  readonly options: ClusterOptions;
  readonly account: ServerAccount | undefined;
  readonly binaries: Binaries;
  readonly template: Template;
  readonly run: RunDirectory;
}

/** A port found free may be taken a moment later by someone else; then others are tried. */
const portAttempts = 5;

/**
 * Starts empty PostgreSQL servers, with nothing written to the terminal. Four take about half a second, and half a second
 * more the very first time. They do not keep the process running, and end with it whichever way it ends;
 * after a `kill -9` of this process the next call, in any process of the same user, cleans up.
 *
 * @throws EmbeddedPostgresError see its codes
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { shards } = options;
  if (!Number.isInteger(shards) || shards < 1 || shards > 64) {
    throw new EmbeddedPostgresError(
      'INVALID_OPTION',
      `shards must be an integer from 1 to 64, not ${shards}`,
    );
  }
  const transport = options.host ?? (process.platform === 'win32' ? 'tcp' : 'socket');
  if (transport === 'socket' && process.platform === 'win32') {
    throw new EmbeddedPostgresError('INVALID_OPTION', "host must be 'tcp' on Windows");
  }
  // Refused before anything is made.
  serverConfiguration(options.settings ?? {}, {});
  const account = serverAccount();
  const cache = await cacheDirectory(account);
  const binaries = await prepareBinaries(cache, account);
  const locale = options.locale ?? { provider: 'builtin', name: 'C.UTF-8' };
  const [template] = await Promise.all([
    prepareTemplate({ binaries, cache, account, locale }),
    removeLeftovers(),
  ]);
  for (let attempt = 1; ; attempt += 1) {
    const run = await createRunDirectory(account);
    try {
      return await startIn({ options, account, binaries, template, run }, transport);
    } catch (error) {
      const taken =
        error instanceof Error && /Address already in use|could not bind/.test(error.message);
      if (transport !== 'tcp' || !taken || attempt === portAttempts) {
        throw error;
      }
    }
  }
}

async function startIn(preparation: Preparation, transport: 'socket' | 'tcp'): Promise<Cluster> {
  const { options, run, account, template, binaries } = preparation;
  const shards: ClusterShard[] = [];
  const cluster = new RunningCluster(run, shards);
  try {
    const ports =
      transport === 'tcp'
        ? await freePorts(options.shards)
        : Array.from({ length: options.shards }, (_, i) => 5432 + i);
    for (const [index, port] of ports.entries()) {
      shards.push(
        new ClusterShard({
          name: `shard${index}`,
          binaries,
          account,
          dataDirectory: run.dataDirectory(index),
          logFile: run.logFile(index),
          workingDirectory: run.path,
          host: transport === 'tcp' ? '127.0.0.1' : run.sockets,
          port,
          password: template.password,
          transport,
          startTimeoutMs: options.startTimeoutMs ?? 60_000,
        }),
      );
    }
    const starts = shards.map((shard, index) =>
      startShard(preparation, shard, run.dataDirectory(index)),
    );
    // Not Promise.all: when one fails the others must have come to rest before they can be stopped.
    const failed = (await Promise.allSettled(starts)).find(
      (result) => result.status === 'rejected',
    );
    if (failed !== undefined) {
      throw failed.reason;
    }
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function startShard(
  { options, template, account, run }: Preparation,
  shard: ClusterShard,
  data: string,
): Promise<void> {
  await copyTemplate(template, data, account, run.path);
  const address = shard.host === run.sockets ? socketAddress(run.sockets) : tcpAddress;
  const configuration = serverConfiguration(options.settings ?? {}, {
    ...address,
    port: String(shard.port),
  });
  await appendFile(join(data, 'postgresql.conf'), configuration);
  await shard.start();
}

const tcpAddress: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};

function socketAddress(directory: string): Record<string, string> {
  return {
    listen_addresses: '',
    unix_socket_directories: `"${directory}"`,
    unix_socket_permissions: '0700',
  };
}

class RunningCluster implements Cluster {
  readonly shards: readonly ClusterShard[];
  readonly #run: RunDirectory;
  readonly #forget: () => void;
  #stopped: Promise<void> | undefined;

  constructor(run: RunDirectory, shards: readonly ClusterShard[]) {
    this.#run = run;
    this.shards = shards;
    this.#forget = onProcessEnd(() => this.#stopSync());
  }

  get urls(): readonly string[] {
    return this.shards.map((shard) => shard.url);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    await Promise.all(this.shards.map((shard) => shard.close()));
    await removeTree(this.#run.path);
    this.#forget();
  }

  /** While a process ends nothing asynchronous runs any more. */
  #stopSync(): void {
    for (const shard of this.shards) {
      shard.beginCloseSync();
    }
    for (const shard of this.shards) {
      shard.finishCloseSync();
    }
    removeTreeSync(this.#run.path);
  }
}
