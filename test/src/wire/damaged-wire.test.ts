/** Answers of a real server that break on their way: the right rows, or an error that says which shard, and never a hang. */
import type { Cluster } from '@millrace/embedded';
import { connect, type Database, MillraceError, ShardError } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DamagingRelay } from '../support/damaging-relay.js';
import { within } from '../support/eventually.js';
import { testSeed } from '../support/seed.js';
import { startOwnShards } from '../support/start-shards.js';

const { seed, below } = testSeed();
const RUNS = Number(process.env.MILLRACE_FUZZ_RUNS ?? 1500) / 10;
const HANG_MS = 30_000;
const SQL = `select i, 'row ' || i as label, i / 4.0 as n, (i * 2)::numeric(9,2) as d, now() as t, array[i, null] as list,
  json_build_object('i', i) as document, i % 2 = 0 as even from generate_series(1, 6) i`;

let cluster: Cluster;
let relay: DamagingRelay;
let db: Database;
let whole: unknown[];

beforeAll(async () => {
  cluster = await startOwnShards(1, { host: 'tcp' });
  const url = cluster.urls[0] as string;
  relay = new DamagingRelay(url);
  const door = await relay.open(url);
  db = await connect({
    shards: [{ name: 'behind', url: door }],
    threads: 1,
    connectionsPerShard: 1,
  });
  whole = withoutTime((await db.query(SQL)).rows);
});
afterAll(async () => {
  await db?.close();
  relay?.close();
  await cluster?.stop();
});

const withoutTime = (rows: readonly Record<string, unknown>[]): unknown[] =>
  rows.map(({ t, ...row }) => row);

/** The call's rows, or the error that it ended with. Anything but an error of ours is thrown. */
async function outcomeOf(
  call: Promise<Record<string, unknown>[]>,
): Promise<unknown[] | MillraceError> {
  try {
    return withoutTime(await within(HANG_MS, 'the call', call));
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
}

const query = async (): Promise<Record<string, unknown>[]> => (await db.query(SQL)).rows;

async function stream(): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of db.stream(SQL)) rows.push(...batch.toRows());
  return rows;
}

/** The next call, with nothing in its way. */
async function expectUsable(): Promise<void> {
  relay.next = undefined;
  relay.skip = 0;
  expect(withoutTime(await within(HANG_MS, 'the call after', query()))).toEqual(whole);
}

describe.each([
  ['a query', query, 0],
  ['the description of a stream', stream, 0],
  ['a stream', stream, 1],
] as const)('%s', (_, call, skip) => {
  test('whose answer is cut short at any place has all rows or is an error of the shard', async () => {
    await expectUsable();
    const { length } = relay.answer;
    const step = 7;
    for (let at = below(step); at < length; at += step) {
      relay.skip = skip;
      relay.next = (answer) => answer.subarray(0, at);
      const outcome = await outcomeOf(call());
      if (outcome instanceof MillraceError) {
        expect(outcome, `cut after ${at} bytes`).toBeInstanceOf(ShardError);
        expect(outcome).toMatchObject({ shard: 'behind' });
      } else expect(outcome, `cut after ${at} bytes`).toEqual(whole);
      await expectUsable();
    }
  });
});

test(`answers with damaged bytes are as many rows as there were, or an error (seed ${seed})`, async () => {
  let errors = 0;
  for (let run = 0; run < RUNS; run++) {
    await expectUsable();
    relay.skip = run % 2 === 0 ? 0 : below(2);
    relay.next = (answer) => {
      const copy = Buffer.from(answer);
      for (let count = 1 + below(3); count > 0; count--) copy[below(copy.length)] = below(256);
      return copy;
    };
    const outcome = await outcomeOf(run % 2 === 0 ? query() : stream());
    if (outcome instanceof MillraceError) errors++;
    // A value may have become another: no checksum guards it. A row cannot be missing.
    else expect(outcome).toHaveLength(whole.length);
  }
  await expectUsable();
  expect(errors).toBeGreaterThan(0);
});

test.each<[string, number, number, typeof query?]>([
  ['a row that claims 1.9 GB', 0x44, 1_900_000_000],
  ['a row that claims a gigabyte less a byte', 0x44, 0x3fffffff],
  ['a row of negative length', 0x44, -5],
  ['an end of the statement that claims a gigabyte', 0x43, 0x3fffffff],
  ['a description that claims 1.9 GB', 0x54, 1_900_000_000, stream],
  ['a ReadyForQuery of no length', 0x5a, 0],
])('%s is an error of the shard, and takes no memory', async (_name, type, claim, call = query) => {
  await expectUsable();
  const before = process.memoryUsage.rss();
  // A stream asks for a description first. What breaks in it is asked again, for nothing has run yet.
  relay.skip = call === stream ? 1 : 0;
  relay.next = (answer) => {
    const copy = Buffer.from(answer);
    copy.writeInt32BE(claim, messageAt(copy, type) + 1);
    return copy;
  };
  const outcome = await outcomeOf(call());
  expect(outcome).toBeInstanceOf(ShardError);
  expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
  await expectUsable();
});

/** Where the first message of a type begins. */
function messageAt(answer: Buffer, type: number): number {
  let at = 0;
  while (answer[at] !== type) at += 1 + answer.readInt32BE(at + 1);
  return at;
}
