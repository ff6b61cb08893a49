/** `shardErrors: 'skip'`: the shards that answer, and a list of those that do not. */
import type { Cluster, EmbeddedShard } from '@millrace/embedded';
import {
  type BatchStream,
  type ConnectOptions,
  connect,
  type Database,
  type MissingShard,
  ShardError,
  SqlError,
} from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask } from '../support/ask.js';
import { failureOf, within } from '../support/eventually.js';
import { killServer, startAgain } from '../support/server-processes.js';
import { startOwnShards } from '../support/start-shards.js';

const SKIP = { mode: 'union', shardErrors: 'skip' } as const;
const HANG_MS = 30_000;
/** Each shard's rows are far more than may be under way at a time. */
const LONG = "select n, i, repeat('x', 100) as x from kept, generate_series(1, 300000) as i";

let cluster: Cluster;
let victim: EmbeddedShard;
let db: Database;

beforeAll(async () => {
  cluster = await startOwnShards(3);
  victim = cluster.shards[1] as EmbeddedShard;
  await Promise.all(
    cluster.urls.map((url, i) =>
      ask(url, `create table kept as select ${i} as n; create table only${i} (a int)`),
    ),
  );
});
afterAll(() => cluster?.stop());
beforeEach(async () => {
  db = await open();
});
afterEach(async () => {
  await startAgain([victim]);
  const { rows, missing } = await within(
    HANG_MS,
    'the next call',
    db.query('table kept', [], SKIP),
  );
  expect([rows, missing]).toEqual([[{ n: 0 }, { n: 1 }, { n: 2 }], []]);
  await within(HANG_MS, 'close', db.close());
});

const open = (options: Partial<ConnectOptions> = {}): Promise<Database> =>
  connect({ shards: cluster.urls.map((url, i) => ({ url, name: `s${i}` })), ...options });
const kill = (): void => killServer(victim);

function expectVictim(missing: readonly MissingShard[]): void {
  expect(missing.map(({ shard }) => shard)).toEqual(['s1']);
  expect(missing[0]?.error).toBeInstanceOf(ShardError);
  expect(missing[0]?.error.shard).toBe('s1');
}

describe('a shard that is down', () => {
  test('is missing in the rows, and the counts are those of the others', async () => {
    kill();
    const { rows, rowCount, command, missing, stats } = await db.query('table kept', [], SKIP);
    expect(rows).toEqual([{ n: 0 }, { n: 2 }]);
    expect([rowCount, command]).toEqual([2, 'SELECT']);
    expectVictim(missing);
    expect(stats.shards.map(({ name, server }) => [name, server !== undefined])).toEqual([
      ['s0', true],
      ['s1', false],
      ['s2', true],
    ]);
  });

  test('is missing in the batches, and in the table, which says so', async () => {
    kill();
    const stream: BatchStream = db.stream('table kept', [], SKIP);
    const seen: unknown[] = [];
    for await (const batch of stream) seen.push(...batch.toRows().map((row) => row.n));
    expect(seen.sort()).toEqual([0, 2]);
    expectVictim(stream.missing);
    const table = await db.arrow('table kept', [], SKIP);
    expect(table.numRows).toBe(2);
    expect(table.schema.metadata.get('millrace.missing')).toBe('["s1"]');
  });

  test('fails the call where nothing else was asked for', async () => {
    kill();
    expect(await failureOf(db.query('table kept', [], { mode: 'union' }))).toBeInstanceOf(
      ShardError,
    );
  });

  test('is no obstacle to connecting, by option, and comes back when it is up again', async () => {
    kill();
    expect(await failureOf(open())).toBeInstanceOf(ShardError);
    const tolerant = await open({ shardErrors: 'skip' });
    try {
      expectVictim((await tolerant.query('table kept', [], { mode: 'union' })).missing);
      const strict = { mode: 'union', shardErrors: 'fail' } as const;
      expect(await failureOf(tolerant.query('table kept', [], strict))).toBeInstanceOf(ShardError);
      await startAgain([victim]);
      expect((await tolerant.query('table kept', [], strict)).rowCount).toBe(3);
    } finally {
      await tolerant.close();
    }
  });

  test('and all others too: then it is an error, as for connecting', async () => {
    const alone = await connect({ shards: [victim.url], shardErrors: 'skip' });
    try {
      kill();
      expect(await failureOf(alone.query('table kept'))).toBeInstanceOf(ShardError);
      const none = connect({ shards: [victim.url], shardErrors: 'skip' });
      expect(await failureOf(none)).toBeInstanceOf(ShardError);
    } finally {
      await alone.close();
    }
  });
});

describe('a shard that dies on the way', () => {
  test('leaves none of its rows behind, though some had come', async () => {
    let killed = false;
    const onProgress = ({ shard }: { shard: string }): void => {
      if (killed || shard !== 's1') return;
      killed = true;
      kill();
    };
    const { rows, missing } = await within(
      HANG_MS,
      'the call',
      db.query(LONG, [], { ...SKIP, onProgress }),
    );
    expect(killed).toBe(true);
    expectVictim(missing);
    expect(rows).toHaveLength(600_000);
    expect(new Set(rows.map(({ n }) => n))).toEqual(new Set([0, 2]));
  });

  test('fails a stream that has handed out some of its rows', async () => {
    const read = async (): Promise<void> => {
      let killed = false;
      for await (const { shard } of db.stream(LONG, [], SKIP)) {
        if (!killed && shard === 's1') kill();
        killed ||= shard === 's1';
      }
    };
    const error = await failureOf<ShardError>(within(HANG_MS, 'the stream', read()));
    expect(error).toBeInstanceOf(ShardError);
    expect(error.shard).toBe('s1');
  });
});

describe('what is not skipped', () => {
  test('a statement that is wrong', async () => {
    expect(await failureOf(db.query('select nonsense', [], SKIP))).toBeInstanceOf(SqlError);
    expect(await failureOf(db.query('select 1/n from kept', [], SKIP))).toBeInstanceOf(SqlError);
  });

  test('a table that some shards have not', async () => {
    const error = await failureOf<ShardError>(db.query('table only0', [], SKIP));
    expect(error).toBeInstanceOf(ShardError);
    expect(error.message).toContain('the shards');
  });

  test('a word that is not known', async () => {
    const options = { mode: 'union', shardErrors: 'ignore' as 'skip' } as const;
    expect((await failureOf(db.query('select 1', [], options))).message).toBe(
      "'shardErrors' must be 'fail' or 'skip'",
    );
  });
});
