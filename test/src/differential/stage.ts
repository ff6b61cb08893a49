/** N shards and the oracle beside them: databases of one server. */
import { type ConnectOptions, connect, type Database } from '@millrace/engine';
import pg from 'pg';
import { ask, withClient } from '../support/ask.js';
import { Oracle } from './oracle.js';
import { keepShard, type Placement } from './placement.js';

export interface StageOptions {
  /** URL of any database of the server. */
  readonly server: string;
  /** Names the databases, which must be the stage's own. */
  readonly name: string;
  /** Makes the tables, and fills them with every row. */
  readonly setup: string;
  readonly tables: NonNullable<ConnectOptions['tables']>;
  readonly shards: number;
  readonly placement?: Placement;
  /**
   * Whether each shard runs `setup` itself, after types of its own, so that user-defined types have other OIDs on each;
   * else shards are copies.
   */
  readonly ownOids?: boolean;
  /** Settings of every session. */
  readonly session?: Readonly<Record<string, string>>;
  readonly connect?: Partial<ConnectOptions>;
  /** A bound of Σ|x| of any float column. Default 1. */
  readonly magnitude?: number;
}

export interface Stage {
  readonly db: Database;
  readonly oracle: Oracle;
  readonly magnitude: number;
  /** The name of a user's type, as the shards or as the oracle know it. */
  typeName(side: 'oracle' | 'shards', oid: number): Promise<string>;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const { server, name, setup, tables, shards: count, session = {} } = options;
  const names = Array.from({ length: count }, (_, i) => `${name}_shard${i}`);
  const whole = `${name}_whole`;
  await ask(server, `create database ${whole}`);
  await ask(urlOf(server, whole), setup);
  for (const [i, shard] of names.entries()) {
    await ask(server, `create database ${shard}${options.ownOids ? '' : ` template ${whole}`}`);
    if (options.ownOids) await ask(urlOf(server, shard), `${otherOids(i)}${setup}`);
    await ask(urlOf(server, shard), keepShard(tables, options.placement ?? 'hash', i, count));
  }
  const client = new pg.Client({ connectionString: urlOf(server, whole) });
  // Its end is seen by the statement that is under way.
  client.on('error', () => undefined);
  await client.connect();
  for (const [setting, value] of Object.entries(session)) {
    await client.query('select set_config($1, $2, false)', [setting, value]);
  }
  const oracle = new Oracle(client);
  const shards = names.map((shard) => urlOf(server, shard));
  const db = await connect({
    shards,
    tables: options.placement === 'partition' ? byHash(tables) : tables,
    session,
    ...options.connect,
  });
  const first = shards[0] as string;
  return {
    db,
    oracle,
    magnitude: options.magnitude ?? 1,
    typeName: async (side, oid) =>
      side === 'oracle'
        ? oracle.typeName(oid)
        : withClient(first, (shard) => new Oracle(shard).typeName(oid)),
    close: async () => {
      await db.close();
      await client.end();
      for (const database of [...names, whole]) await ask(server, `drop database ${database}`);
    },
  };
}

function urlOf(server: string, database: string): string {
  return server.replace(/\/[^/]*$/, `/${database}`);
}

function byHash(tables: StageOptions['tables']): StageOptions['tables'] {
  return Object.fromEntries(
    Object.entries(tables).map(([table, option]) => [
      table,
      option === 'replicated' ? option : { ...option, by: 'hash' },
    ]),
  );
}

/** Types that move the OIDs of those that follow. */
function otherOids(shard: number): string {
  return Array.from({ length: shard }, (_, i) => `create type shift_${i} as enum ();`).join('');
}
