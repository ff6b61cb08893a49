/** Against real servers: what several statements of a snapshot see while others write. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '@millrace/embedded';
import { openConnection, type PostgresConnection } from '@millrace/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CancelledError, ShardError, SqlError, TimeoutError } from '../errors.js';
import type { ConnectOptions } from '../options.js';
import { newDispatcher, rowsOf, rowsOn, startOn } from '../testing/dispatch-drive.js';
import type { Dispatcher } from './dispatcher.js';

const APPLICATION = 'millrace-snapshot';
const NEVER = new AbortController().signal;
const ALL = 'select k, v from t order by k';
const BEFORE = [
  ['a', 10],
  ['b', 20],
];

let cluster: Cluster;
/** One connection to each server, beside the dispatcher's. */
let direct: PostgresConnection[];
let dispatcher: Dispatcher;
let dispatchers: Dispatcher[];

beforeAll(async () => {
  cluster = await startCluster({ shards: 3 });
  direct = await Promise.all(
    cluster.urls.map((url) =>
      openConnection({ url, connectTimeoutMs: 20_000, session: {}, readBytes: 0 }),
    ),
  );
});
afterAll(async () => {
  await Promise.all((direct ?? []).map((connection) => connection.close()));
  await cluster?.stop();
});
beforeEach(async () => {
  dispatchers = [];
  dispatcher = open();
  const rows = "insert into t values ('a', 10), ('b', 20)";
  await everywhere(`drop table if exists t; create table t (k text, v int4); ${rows}`);
});
afterEach(async () => {
  await Promise.all(dispatchers.map((it) => it.close(() => new CancelledError('over'))));
});

function open(options: Partial<ConnectOptions> = {}): Dispatcher {
  const shards = cluster.urls.slice(0, 2);
  const opened = newDispatcher({ shards, application_name: APPLICATION, ...options });
  dispatchers.push(opened);
  return opened;
}

function everywhere(sql: string): Promise<unknown> {
  return Promise.all(direct.map((connection) => connection.command(sql)));
}

/** A writer that moves five from one row to the other. */
const move = (shard: number): Promise<unknown> =>
  (direct[shard] as PostgresConnection).command(
    "begin; update t set v = v - 5 where k = 'b'; update t set v = v + 5 where k = 'a'; commit",
  );

/** States of the dispatcher's sessions on a server, sorted. */
async function states(shard: number): Promise<string> {
  const [text] = await (direct[shard] as PostgresConnection).command(
    `select string_agg(state, ',' order by state) from pg_stat_activity where application_name = '${APPLICATION}'`,
  );
  return text ?? '';
}

async function untilStates(shard: number, wanted: RegExp): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (let seen = await states(shard); !wanted.test(seen); seen = await states(shard)) {
    if (performance.now() > deadline) throw new Error(`still: ${seen}`);
    await delay(20);
  }
}

async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return promise.then(
    () => expect.unreachable('it should fail'),
    (error: Error) => error,
  );
}

describe('statements of a snapshot', () => {
  test('see the same, whatever is written between them', async () => {
    const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
    expect(snapshot.spanMs).toBeUndefined();
    expect(await rowsOn(snapshot, [0, 1], ALL)).toEqual([...BEFORE, ...BEFORE]);
    expect(snapshot.spanMs).toBeGreaterThan(0);
    await move(0);
    await move(1);
    expect(await rowsOn(snapshot, [1], ALL)).toEqual(BEFORE);
    expect(await rowsOn(snapshot, [0, 1], ALL)).toEqual([...BEFORE, ...BEFORE]);
    await snapshot.close();
    const after = [
      ['a', 15],
      ['b', 15],
    ];
    expect(await rowsOn(dispatcher, [0, 1], ALL)).toEqual([...after, ...after]);
  });

  test('see shards as they were when the first one began, asked then or not', async () => {
    const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
    const first = await startOn(snapshot, [0], ALL);
    // It has its columns, so it may read its first row now.
    await move(1);
    expect(await rowsOf(first)).toEqual(BEFORE);
    expect(await rowsOn(snapshot, [1], ALL)).toEqual(BEFORE);
    await snapshot.close();
  });

  test.each([
    ['asked', [0, 1]],
    ['not asked', [0]],
  ])('read no row before a shard that is %s has its snapshot', async (_, asked) => {
    // Known before, the statement could run at once.
    await rowsOn(dispatcher, [0], ALL);
    const late = cluster.shards[1];
    late?.kill('SIGSTOP');
    try {
      const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
      const seen: string[] = [];
      const onProgress = ({ shard }: { shard: string }): unknown => seen.push(shard);
      const first = startOn(snapshot, asked, ALL, { onProgress }).then((statement) => {
        seen.push('columns');
        return statement;
      });
      await untilStates(0, /^idle in transaction$/);
      expect(seen).toEqual([]);
      await move(0);
      late?.kill('SIGCONT');
      expect(await rowsOf(await first)).toEqual(asked.flatMap(() => BEFORE));
      await snapshot.close();
    } finally {
      late?.kill('SIGCONT');
    }
  });

  test('on one shard alone run at once, and their columns may change before and not within', async () => {
    await rowsOn(dispatcher, [0], 'select * from t order by k');
    await everywhere('alter table t add w int');
    const snapshot = await dispatcher.openSnapshot([0], NEVER);
    const wider = BEFORE.map((row) => [...row, null]);
    expect(await rowsOn(snapshot, [0], 'select * from t order by k')).toEqual(wider);
    expect(snapshot.spanMs).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) {
      expect(await rowsOn(snapshot, [0], 'select * from t order by k')).toEqual(wider);
      await move(0);
    }
    await snapshot.close();
  });

  test('cannot write', async () => {
    const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
    const sql = "insert into t values ('c', 1) returning k";
    const error = await failureOf(rowsOn(snapshot, [0, 1], sql));
    expect(error).toMatchObject({ code: '25006' });
    await snapshot.close();
    expect(await rowsOn(dispatcher, [0], ALL)).toEqual(BEFORE);
  });
});

describe('what a snapshot holds', () => {
  const PIDS = 'select pg_backend_pid()';

  test('goes back clean, and is used again', async () => {
    const pids: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
      pids.push(await rowsOn(snapshot, [0, 1], PIDS));
      expect(await rowsOn(snapshot, [0], "select set_config('work_mem', '1MB', false)")).toEqual([
        ['1MB'],
      ]);
      await rowsOn(snapshot, [0], 'select pg_advisory_lock(7)');
      await snapshot.close();
      expect(await states(0)).toBe('idle');
      const locks = await direct[0]?.command(
        "select count(*) from pg_locks where locktype = 'advisory'",
      );
      expect(locks).toEqual(['0']);
      expect(await rowsOn(dispatcher, [0], "select current_setting('work_mem')")).not.toEqual([
        ['1MB'],
      ]);
    }
    expect(pids[1]).toEqual(pids[0]);
    expect(pids[2]).toEqual(pids[0]);
  });

  test('is a place on each shard, until it is closed', async () => {
    const narrow = open({ connectionsPerShard: 1, queueTimeoutMs: 50 });
    const snapshot = await narrow.openSnapshot([0, 1], NEVER);
    for (const shard of [0, 1]) {
      await expect(narrow.openSnapshot([shard], NEVER)).rejects.toBeInstanceOf(TimeoutError);
    }
    await snapshot.close();
    await snapshot.close();
    const next = await narrow.openSnapshot([0, 1], NEVER);
    expect(await rowsOn(next, [1], ALL)).toEqual(BEFORE);
    await next.close();
    await expect(rowsOn(next, [1], ALL)).rejects.toBeInstanceOf(CancelledError);
  });

  test('ends with what is under way when it is closed', async () => {
    const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
    const endless = await startOn(snapshot, [0, 1], 'select generate_series(1, 1000000000)');
    await endless.execution.next();
    const next = endless.execution.next();
    const failed = expect(next.then(() => rowsOf(endless))).rejects.toBeInstanceOf(CancelledError);
    await snapshot.close();
    await failed;
    expect([await states(0), await states(1)]).toEqual(['idle', 'idle']);
  });
});

describe('a snapshot in which something fails', () => {
  /** The next statements of the same dispatcher work, and nothing is left open. */
  async function expectSound(): Promise<void> {
    const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
    expect(await rowsOn(snapshot, [0, 1], ALL)).toEqual([...BEFORE, ...BEFORE]);
    await snapshot.close();
    for (const shard of [0, 1]) expect(await states(shard)).toMatch(/^idle(,idle)*$/);
  }

  test.each([
    ['statement', 'select nonsense', SqlError, '42703'],
    ['row', 'select 1 / (v - 20) from t', SqlError, '22012'],
  ])('a %s', async (_, sql, kind, code) => {
    for (const shards of [[0, 1], [0]]) {
      const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
      const error = await failureOf(rowsOn(snapshot, shards, sql));
      expect(error).toBeInstanceOf(kind);
      expect(error.code).toBe(code);
      await snapshot.close();
    }
    await expectSound();
  });

  test('by a cancel', async () => {
    for (const shards of [[0, 1], [1]]) {
      const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
      const controller = new AbortController();
      const { signal } = controller;
      const running = failureOf(
        rowsOn(snapshot, shards, 'select count(*) from t, generate_series(1, 1000000000)', {
          signal,
        }),
      );
      await untilStates(1, /active/);
      controller.abort();
      expect(await running).toBeInstanceOf(CancelledError);
      await snapshot.close();
    }
    await expectSound();
  });

  test('while a shard that is not asked takes no snapshot', async () => {
    cluster.shards[1]?.kill('SIGSTOP');
    try {
      const controller = new AbortController();
      const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
      const running = failureOf(rowsOn(snapshot, [0], ALL, { signal: controller.signal }));
      await untilStates(0, /^idle in transaction$/);
      controller.abort();
      expect(await running).toBeInstanceOf(CancelledError);
      await snapshot.close();
      expect(await states(0)).toBe('idle');
    } finally {
      cluster.shards[1]?.kill('SIGCONT');
    }
    await expectSound();
  });

  test('by a connection that is lost between two statements', async () => {
    const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
    await rowsOn(snapshot, [0, 1], ALL);
    await direct[1]?.command(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = '${APPLICATION}'`,
    );
    for (let i = 0; i < 2; i++) {
      const error = await failureOf(rowsOn(snapshot, [0, 1], ALL));
      expect(error).toBeInstanceOf(ShardError);
      expect(error).toMatchObject({ shard: 'shard1' });
    }
    // The other shard still has its own.
    expect(await rowsOn(snapshot, [0], ALL)).toEqual(BEFORE);
    await snapshot.close();
    await expectSound();
  });

  test('by a connection that is lost while another shard is waited for: it is not replaced', async () => {
    const late = cluster.shards[1];
    late?.kill('SIGSTOP');
    try {
      const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
      const running = failureOf(rowsOn(snapshot, [0, 1], ALL));
      await untilStates(0, /^idle in transaction$/);
      await direct[0]?.command(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = '${APPLICATION}'`,
      );
      late?.kill('SIGCONT');
      expect(await running).toMatchObject({ shard: 'shard0', code: '57P01' });
      await snapshot.close();
    } finally {
      late?.kill('SIGCONT');
    }
    await expectSound();
  });

  test('but not by one that was lost while it lay idle', async () => {
    await expectSound();
    for (const connection of direct) {
      await connection.command(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = '${APPLICATION}'`,
      );
    }
    await expectSound();
    // The same, run at once.
    await direct[0]?.command(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = '${APPLICATION}'`,
    );
    const snapshot = await dispatcher.openSnapshot([0], NEVER);
    expect(await rowsOn(snapshot, [0], ALL)).toEqual(BEFORE);
    await move(0);
    expect(await rowsOn(snapshot, [0], ALL)).toEqual(BEFORE);
    await snapshot.close();
  });

  test('by a shard that is away, which is named or passed over', async () => {
    const [first, second] = cluster.urls;
    const nowhere = 'postgres://u@%2Fnowhere:1/x';
    const partial = open({ shards: [first as string, second as string, nowhere] });
    for (const shards of [
      [0, 1, 2],
      [0, 1],
    ]) {
      const failing = await partial.openSnapshot([0, 1, 2], NEVER);
      expect(await failureOf(rowsOn(failing, shards, ALL))).toMatchObject({ shard: 'shard2' });
      await failing.close();
      const skipping = await partial.openSnapshot([0, 1, 2], NEVER);
      for (const asked of [shards, [0, 1, 2]]) {
        const rows = await rowsOn(skipping, asked, ALL, { shardErrors: 'skip' });
        expect(rows).toEqual([...BEFORE, ...BEFORE]);
      }
      await skipping.close();
    }
  });
});

describe('a snapshot over replicas', () => {
  test('stays with one server of each shard, and goes to another when the first is away', async () => {
    await Promise.all(
      direct.map((connection, i) =>
        connection.command(
          `drop table if exists server; create table server as select ${i} as which`,
        ),
      ),
    );
    const [zero, one, two] = cluster.urls as [string, string, string];
    const turns = open({
      shards: [{ url: zero, replicas: [one] }, two],
      replicaReads: 'round-robin',
    });
    const seen: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const snapshot = await turns.openSnapshot([0, 1], NEVER);
      const [first] = await rowsOn(snapshot, [0, 1], 'select which from server');
      for (let step = 0; step < 3; step++) {
        expect(await rowsOn(snapshot, [0], 'select which from server')).toEqual([first]);
      }
      seen.push(first?.[0]);
      await snapshot.close();
    }
    expect(seen).toEqual([0, 1, 0, 1]);
    const away = open({ shards: [{ url: 'postgres://u@%2Fnowhere:1/x', replicas: [one] }, two] });
    const snapshot = await away.openSnapshot([0, 1], NEVER);
    expect(await rowsOn(snapshot, [1], 'select which from server')).toEqual([[2]]);
    expect(await rowsOn(snapshot, [0], 'select which from server')).toEqual([[1]]);
    await snapshot.close();
  });
});
