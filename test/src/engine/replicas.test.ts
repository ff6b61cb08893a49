/** Statements that read go to a shard's replicas when its first server does not answer, or in turn; nothing else does. */
import type { Cluster, EmbeddedShard } from '@millrace/embedded';
import {
  CancelledError,
  type ConnectOptions,
  connect,
  type Database,
  ShardError,
  SqlError,
} from '@millrace/engine';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { untilIdle, untilRunning } from '../support/activity.js';
import { ask } from '../support/ask.js';
import { failureOf, within } from '../support/eventually.js';
import { killServer as kill, startAgain } from '../support/server-processes.js';
import { startOwnShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-replicas';
const HANG_MS = 30_000;
const WHICH = 'select which from server';

let cluster: Cluster;
/** The first server of the replicated shard, and its two replicas. Each knows which one it is. */
let servers: readonly [EmbeddedShard, EmbeddedShard, EmbeddedShard];
let other: EmbeddedShard;
let db: Database | undefined;

beforeAll(async () => {
  cluster = await startOwnShards(4);
  const [first, second, third, fourth] = cluster.shards as EmbeddedShard[];
  servers = [first!, second!, third!];
  other = fourth!;
  await Promise.all(
    cluster.shards.map(({ url }, i) =>
      ask(url, `create table server as select ${i} as which; create sequence counter`),
    ),
  );
});
afterAll(() => cluster?.stop());
afterEach(async () => {
  await startAgain(cluster.shards);
  await within(HANG_MS, 'close', db?.close() ?? Promise.resolve());
  db = undefined;
});

async function open(options: Partial<ConnectOptions> = {}): Promise<Database> {
  const [first, ...replicas] = servers.map(({ url }) => url) as [string, ...string[]];
  const shards = [
    { url: first, name: 'copied', replicas },
    { url: other.url, name: 'alone' },
  ];
  db = await connect({ shards, application_name: APPLICATION, ...options });
  return db;
}

const portOf = (url: string): string => /:(\d+)\//.exec(url)?.[1] ?? 'none';
const which = async (): Promise<unknown[]> =>
  (await within(HANG_MS, 'the call', db!.query(WHICH, [], UNION))).rows.map((row) => row.which);

describe('when the first server does not answer', () => {
  test('as long as it does, it is the one that is asked', async () => {
    await open();
    expect([await which(), await which()]).toEqual([
      [0, 3],
      [0, 3],
    ]);
  });

  test('the replicas answer in their order, and the stats say who did', async () => {
    await open();
    expect(await which()).toEqual([0, 3]);
    kill(servers[0]);
    expect(await which()).toEqual([1, 3]);
    kill(servers[1]);
    const { rows, stats } = await db!.query(WHICH, [], UNION);
    expect(rows).toEqual([{ which: 2 }, { which: 3 }]);
    expect(stats.shards.map(({ name }) => name)).toEqual(['copied', 'alone']);
    expect(stats.shards[0]?.server).toContain(`:${portOf(servers[2].url)}/`);
    expect(stats.shards[0]?.server).not.toBe(stats.shards[1]?.server);
  });

  test('a database can be connected to', async () => {
    kill(servers[0]);
    await open();
    expect(await which()).toEqual([1, 3]);
  });

  test('a statement that writes fails, and names the first server', async () => {
    await open();
    kill(servers[0]);
    const error = await failureOf<ShardError>(
      db!.query('insert into server values (9)', [], UNION),
    );
    expect(error).toBeInstanceOf(ShardError);
    expect(error.shard).toBe('copied');
  });

  test('a select that writes fails too: no replica takes it', async () => {
    await open();
    kill(servers[0]);
    const error = await failureOf(db!.query("select nextval('counter')", [], UNION));
    expect(error).toBeInstanceOf(ShardError);
    for (const replica of [servers[1], servers[2]]) {
      const { rows } = await ask(replica.url, 'select is_called from counter');
      expect(rows).toEqual([{ is_called: false }]);
    }
  });

  test('nor a replica: the error says what each of them said', async () => {
    await open();
    for (const server of servers) kill(server);
    const error = await failureOf<ShardError>(db!.query(WHICH, [], UNION));
    expect(error).toBeInstanceOf(ShardError);
    expect(error.shard).toBe('copied');
    // A server that is just being killed may say so in another way.
    for (const { url } of servers) expect(error.message).toContain(`:${portOf(url)}/`);
  });

  test('but not when it answers and refuses: that has to be heard', async () => {
    const url = new URL(servers[0].url);
    url.pathname = '/nowhere';
    const shards = [{ url: url.href, replicas: [servers[1].url] }];
    const error = await failureOf<ShardError>(connect({ shards }));
    expect(error).toBeInstanceOf(ShardError);
    expect(error.code).toBe('3D000');
  });

  test('a statement on a replica is cancelled there', async () => {
    await open();
    kill(servers[0]);
    const abort = new AbortController();
    const call = db!.query('select pg_sleep(60)', [], { ...UNION, signal: abort.signal });
    await untilRunning([servers[1].url], APPLICATION, /pg_sleep/);
    abort.abort();
    expect(await failureOf(within(HANG_MS, 'the cancel', call))).toBeInstanceOf(CancelledError);
    await untilIdle([servers[1].url], APPLICATION);
  });
});

describe('in turn', () => {
  test('the servers of a shard are asked one after the other', async () => {
    await open({ replicaReads: 'round-robin' });
    const asked = [await which(), await which(), await which(), await which()];
    expect(asked.map(([copied]) => copied)).toEqual([0, 1, 2, 0]);
    expect(new Set(asked.map(([, alone]) => alone))).toEqual(new Set([3]));
  });

  test('one that does not answer is passed over', async () => {
    await open({ replicaReads: 'round-robin' });
    kill(servers[1]);
    const asked = [await which(), await which(), await which(), await which()];
    expect(asked.map(([copied]) => copied)).toEqual([0, 2, 2, 0]);
  });

  test('a select that writes goes to the first after all, also when it comes again', async () => {
    await open({ replicaReads: 'round-robin' });
    const before = (await ask(servers[0].url, "select nextval('counter')")).rows[0]!.nextval;
    for (let call = 1; call <= 6; call++) {
      const { rows, stats } = await db!.query("select nextval('counter') as n", [], UNION);
      expect(rows[0]).toEqual({ n: String(Number(before) + call) });
      expect(stats.shards[0]?.rows).toBe(1);
    }
  });

  test('a statement that is wrong is the statement’s fault on every server', async () => {
    await open({ replicaReads: 'round-robin' });
    for (let call = 0; call < 3; call++)
      expect(await failureOf(db!.query('select nonsense', [], UNION))).toBeInstanceOf(SqlError);
  });
});
