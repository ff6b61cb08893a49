/** What is left of a program that used the engine: its process ends by itself, with nothing said on stderr. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../support/ask.js';
import { type ChildEnd, runProgram } from '../support/child-process.js';
import { startShards } from '../support/start-shards.js';

let servers: Awaited<ReturnType<typeof startShards>>;

beforeAll(async () => {
  servers = await startShards(2);
});
afterAll(() => servers?.stop());

async function programPrints(
  body: string,
  expected: string,
  urls = servers.urls,
): Promise<ChildEnd> {
  const end = await runProgram(body, { urls });
  expect(end).toMatchObject({ hung: false, stderr: '', code: 0, stdout: `${expected}\n` });
  return end;
}

const UNION = "{ mode: 'union' }";

describe('a process ends by itself', () => {
  test('after close, and nothing of it is open before that end', () =>
    programPrints(
      `const before = process.getActiveResourcesInfo().length;
       const db = await connect({ shards: urls });
       const { rowCount } = await db.query('select generate_series(1, 1000)', [], ${UNION});
       for await (const batch of db.stream('select 1', [], ${UNION})) batch.retain();
       await db.close();
       await new Promise((resolve) => setImmediate(resolve));
       console.log(rowCount, process.getActiveResourcesInfo().length <= before);`,
      `${servers.urls.length * 1_000} true`,
    ));

  test('by Symbol.asyncDispose, which await using calls', () =>
    programPrints(
      `const db = await connect({ shards: urls });
       await db.query('select 1', [], ${UNION});
       await db[Symbol.asyncDispose]();
       console.log(await db.query('select 1').catch((error) => error.name));`,
      'ConfigurationError',
    ));

  test('without close, once nothing is under way', () =>
    programPrints(
      `const db = await connect({ shards: urls });
       const { rowCount } = await db.query('select 1', [], ${UNION});
       console.log(rowCount);`,
      String(servers.urls.length),
    ));

  test('but not while a statement is under way', () =>
    programPrints(
      `const db = await connect({ shards: urls });
       db.query('select pg_sleep(0.5)', [], ${UNION}).then(({ rowCount }) => console.log(rowCount));`,
      String(servers.urls.length),
    ));

  test('when connect fails', () =>
    programPrints(
      `console.log(await connect({ shards: [...urls, 'postgres://nobody@127.0.0.1:1/x'] }).catch((error) => error.shard));`,
      `shard${servers.urls.length}`,
    ));

  test('when a statement fails, is cancelled or runs late, with timers far in the future', () =>
    programPrints(
      `const db = await connect({ shards: urls, queueTimeoutMs: 600_000, connectionsPerShard: 1 });
       const failures = await Promise.allSettled([
         db.query('select 1 / 0', [], ${UNION}),
         db.query('select 1', [], { mode: 'union', timeoutMs: 600_000 }),
         db.query('select pg_sleep(5)', [], { mode: 'union', timeoutMs: 50 }),
         db.query('select pg_sleep(5)', [], { mode: 'union', signal: AbortSignal.abort() }),
       ]);
       await db.close();
       console.log(failures.map(({ status, reason }) => reason?.name ?? status).join(' '));`,
      'SqlError fulfilled TimeoutError CancelledError',
    ));

  test('when close is called while calls run and wait', () =>
    programPrints(
      `const db = await connect({ shards: urls, queueTimeoutMs: 600_000, connectionsPerShard: 1 });
       const calls = [1, 2, 3].map(() => db.query('select pg_sleep(5)', [], ${UNION}).catch((error) => error.name));
       await db.close();
       console.log((await Promise.all(calls)).join(' '));`,
      'CancelledError CancelledError CancelledError',
    ));

  test('when an option makes the login itself fail in the thread', () =>
    programPrints(
      `console.log(await connect({ shards: urls, application_name: 5 }).then(() => 'connected', (error) => error.name));`,
      'ConfigurationError',
    ));
});

test('an error that nobody awaits is the only one that is unhandled', async () => {
  const body = `const seen = [];
    process.on('unhandledRejection', (error) => seen.push(error.name));
    const db = await connect({ shards: urls });
    db.query('select 1 / 0', [], ${UNION});
    await db.query('select pg_sleep(0.2)', [], ${UNION});
    await db.query('nonsense', [], ${UNION}).catch(() => undefined);
    await db.query('select 1', [], { mode: 'union', signal: AbortSignal.abort() }).catch(() => undefined);
    for await (const _ of db.stream('select generate_series(1, 1000000)', [], ${UNION})) break;
    await db.close();
    console.log(seen.join(' '));`;
  const end = await runProgram(body, { urls: servers.urls });
  expect(end).toMatchObject({ hung: false, code: 0, stdout: 'SqlError\n' });
});

test('1,000 statements leave no handle, no listener and no session behind', async () => {
  await programPrints(
    `const counted = () => process.getActiveResourcesInfo().length;
     const db = await connect({ shards: urls, application_name: 'millrace-hygiene', connectionsPerShard: 2 });
     const controller = new AbortController();
     const options = { mode: 'union', signal: controller.signal, timeoutMs: 60_000 };
     const round = async (count) => {
       for (let i = 0; i < count; i++) {
         if (i % 10 === 0) await db.query('nonsense', [], options).catch(() => undefined);
         else if (i % 10 === 1) { for await (const _ of db.stream('select generate_series(1, 3)', [], options)) break; }
         else await db.query('select $1::int as i', [i], options);
       }
     };
     await round(20);
     globalThis.gc?.();
     const before = counted();
     await Promise.all([round(500), round(500)]);
     await new Promise((resolve) => setTimeout(resolve, 100));
     console.log(counted() <= before + 1, (await import('node:events')).getEventListeners(controller.signal, 'abort').length);
     await db.close();`,
    'true 0',
  );
  const left = await ask(
    servers.urls[0] as string,
    "select count(*)::int as n from pg_stat_activity where application_name = 'millrace-hygiene'",
  );
  expect(left.rows).toEqual([{ n: 0 }]);
});

test('sessions that end under 200 statements leave no handle, no listener and no rejection behind', async () => {
  await programPrints(
    `const counted = () => process.getActiveResourcesInfo().length;
     const db = await connect({ shards: urls, connectionsPerShard: 2, application_name: 'millrace-hygiene-ends' });
     const signal = new AbortController().signal;
     const codes = new Set();
     const round = async (count) => {
       for (let i = 0; i < count; i++) {
         const sql = i % 2 ? 'select pg_terminate_backend(pg_backend_pid())' : "select set_config('a.b', 'c', false)";
         const options = { mode: 'union', signal, timeoutMs: i % 5 ? 60_000 : 1 + (i % 7) };
         await db.query(sql, [], options).catch(({ name, code }) => codes.add(name + ' ' + code));
       }
     };
     await round(20);
     const before = counted();
     await Promise.all([round(90), round(90)]);
     await db.query('select 1', [], ${UNION});
     await new Promise((resolve) => setTimeout(resolve, 100));
     console.log(counted() <= before + 1, (await import('node:events')).getEventListeners(signal, 'abort').length);
     if (!codes.has('ShardError 57P01')) console.log([...codes]);
     await db.close();
     await new Promise((resolve) => setImmediate(resolve));`,
    'true 0',
  );
});
