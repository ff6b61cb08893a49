/** A `ParallelConnection` over databases of other kinds: a connector module makes a connection to each in a thread. */
import { allocateLedger } from '@millrace/worker';
import { CallScope } from '../call-scope.js';
import { ConnectorShard } from '../dispatch/connector-shard.js';
import { Slot } from '../dispatch/slot.js';
import { CancelledError, ConfigurationError } from '../errors.js';
import { keptRows, streamedRows } from './connector-result.js';
import {
  checkText,
  type ExecuteOptions,
  readCursorOptions,
  readExecuteOptions,
} from './cursor-options.js';
import type { LinkCursor, LinkResult, ParallelLink } from './parallel-link.js';
import { ShardGroup } from './shard-group.js';

/** A database as a connector module connects to it. */
export type ConnectorDsn = string | { readonly dsn: string; readonly name?: string };

export interface ConnectorSettings {
  readonly dsns: readonly ConnectorDsn[];
  /** URL of the module. */
  readonly connector: string | URL;
  readonly threads: number;
}

export class ConnectorLink implements ParallelLink {
  readonly autocommit: boolean;
  readonly #slots: readonly Slot[];
  readonly #shards: readonly ConnectorShard[];
  readonly #group: ShardGroup;
  #scope: CallScope | undefined;
  #isClosed = false;

  /** @throws ShardError naming a database that cannot be connected to; then nothing is left open */
  static async open({ dsns, connector, threads }: ConnectorSettings): Promise<ConnectorLink> {
    const module = readModule(connector);
    if (!Number.isInteger(threads) || threads < 1) {
      throw new ConfigurationError("'threads' must be a whole number of at least 1");
    }
    const addresses = readDsns(dsns).map((address) => ({ ...address, module }));
    const group = new ShardGroup(addresses.map(({ name }) => name));
    // Its threads open no connections to PostgreSQL.
    const none = { shards: [], connectionsPerShard: 0, ledger: allocateLedger(0) };
    const settings = { ...none, verify: false, cancelGraceMs: 0 };
    const count = Math.min(threads, addresses.length);
    const slots = Array.from({ length: count }, () => new Slot(settings));
    try {
      const shards = await group.everywhere((i) =>
        ConnectorShard.open(slots[i % count] as Slot, addresses[i] as (typeof addresses)[number]),
      );
      return new ConnectorLink(slots, shards, group);
    } catch (error) {
      await Promise.all(slots.map((slot) => slot.close()));
      throw error;
    }
  }

  private constructor(
    slots: readonly Slot[],
    shards: readonly ConnectorShard[],
    group: ShardGroup,
  ) {
    this.#slots = slots;
    this.#shards = shards;
    this.#group = group;
    this.autocommit = !shards.every(({ hasTransactions }) => hasTransactions);
  }

  cursor([options = {}]: readonly unknown[]): LinkCursor {
    const { rowFactory, stream, types } = readCursorOptions(options);
    if (types !== undefined) {
      throw new ConfigurationError("'types' is not for connectors: their values are their own");
    }
    const isDict = rowFactory === 'dict';
    return {
      prepare: async (sql, [args, call = {}]) => {
        const options = readExecuteOptions(call);
        const text = checkText(sql);
        return () => this.#execute(text, args, options, { isDict, stream });
      },
      mogrify: async () => {
        throw new ConfigurationError(
          'A connector has no mogrify(): how values are written is its own',
        );
      },
      close: () => Promise.resolve(),
    };
  }

  commit(): Promise<void> {
    if (this.autocommit) return Promise.resolve();
    return this.#group.commit((i) => this.#shards[i]?.command('commit'));
  }

  async rollback(): Promise<void> {
    if (this.autocommit) return;
    await this.#group.everywhere((i) => this.#shards[i]?.command('rollback'));
  }

  async putconn(): Promise<void> {
    throw new ConfigurationError('putconn(pools) is for connection objects');
  }

  interrupt(): void {
    this.#isClosed = true;
    this.#scope?.end(connectionClosed());
  }

  async close(): Promise<void> {
    await this.#group.settle((i) => this.#shards[i]?.command('close'));
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  async #execute(
    sql: string,
    parameters: unknown,
    options: ExecuteOptions,
    { isDict, stream }: { isDict: boolean; stream: boolean | undefined },
  ): Promise<LinkResult> {
    if (this.#isClosed) throw connectionClosed();
    const scope = new CallScope(options);
    this.#scope = scope;
    const statement = { sql, parameters: parameters ?? undefined, isDict, scope };
    try {
      return await (stream ? streamedRows : keptRows)(this.#shards, statement);
    } finally {
      if (!stream) scope.close();
    }
  }
}

function connectionClosed(): CancelledError {
  return new CancelledError('The connection was closed');
}

function readModule(connector: string | URL): string {
  try {
    return new URL(connector).href;
  } catch (cause) {
    const example = "new URL('./connector.js', import.meta.url)";
    throw new ConfigurationError(`'connector' must be the URL of a module: ${example}`, { cause });
  }
}

function readDsns(dsns: readonly ConnectorDsn[]): { name: string; dsn: string }[] {
  if (!Array.isArray(dsns) || dsns.length === 0) {
    throw new ConfigurationError('name at least one database: connect([dsn, …], { connector })');
  }
  return dsns.map((entry: ConnectorDsn, i) => {
    const { dsn, name = `shard${i}` } = typeof entry === 'string' ? { dsn: entry } : entry;
    if (typeof dsn !== 'string' || typeof name !== 'string') {
      throw new ConfigurationError(
        `dsns[${i}] must be a text, or an object with a 'dsn' and a 'name'`,
      );
    }
    return { dsn, name };
  });
}
