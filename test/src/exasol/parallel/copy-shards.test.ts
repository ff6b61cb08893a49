import {
  connect,
  copyShards,
  type Database,
  type ExasolConnection,
  ExasolTransferError,
} from '@millrace/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../support/ask.js';
import { startShards } from '../../support/start-shards.js';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

const SHARDS = 3;
const ROWS_OF_SHARD = 20_000;
const COLUMNS = ['id', 'note', 'delay'];

let drive: ParallelDrive;
let shards: Awaited<ReturnType<typeof startShards>>;
let db: Database;
let exa: ExasolConnection;

beforeAll(async () => {
  [drive, shards] = await Promise.all([startDrive(), startShards(SHARDS)]);
  await Promise.all(
    shards.urls.map((url, shard) =>
      ask(
        url,
        `create table flights (id int8, note text, delay numeric(10,2), day date);
         insert into flights select i * ${SHARDS} + ${shard}, case when i % 7 = 0 then 'a,"b"' || chr(10) || i else 'note ' || i end,
           case when i % 5 = 0 then null else i / 4.0 end, date '2026-01-01' + i % 90
         from generate_series(1, ${ROWS_OF_SHARD}) i`,
      ),
    ),
  );
  db = await connect({ shards: shards.urls, tables: { flights: { key: 'id' } } });
  exa = await drive.connect();
});

beforeEach(() => drive.cluster.query('truncate drive.target'));

afterAll(async () => {
  await db?.close();
  await drive?.close();
  await shards?.stop();
});

/** What Exasol has, as one line. */
async function target(): Promise<unknown> {
  const rows = await drive.cluster.query(
    `select count(*)::text || ' ' || sum(id)::text || ' ' || sum(delay)::text || ' ' ||
       sum(length(note))::text || ' ' || count(delay)::text as line from drive.target`,
  );
  return rows[0]?.line;
}

/** What PostgreSQL says of the same columns over all shards. */
async function source(where = ''): Promise<unknown> {
  const { rows } = await db.query(
    `select count(*)::text || ' ' || sum(id)::text || ' ' || sum(delay)::text || ' ' ||
       sum(length(note))::text || ' ' || count(delay)::text as line from flights ${where}`,
  );
  return rows[0]?.line;
}

describe('a copy from PostgreSQL to Exasol', () => {
  it('moves each shard by a stream of its own', async () => {
    const { rowCount, workers } = await copyShards(db, 'select id, note, delay from flights').into(
      exa,
      'drive.target',
      { columns: COLUMNS },
    );
    expect(rowCount).toBe(SHARDS * ROWS_OF_SHARD);
    expect(workers.map(({ shard }) => shard)).toEqual(['shard0', 'shard1', 'shard2']);
    expect(workers.map((worker) => worker.rowCount)).toEqual(Array(SHARDS).fill(ROWS_OF_SHARD));
    expect(await target()).toBe(await source());
  });

  it.each([true, false])('moves them with gzip over TLS %s', async (encryption) => {
    const copy = copyShards(db, 'select id, note, delay from flights');
    await copy.into(exa, 'drive.target', { encryption, compression: true });
    expect(await target()).toBe(await source());
  });

  it('takes parameters', async () => {
    const copy = copyShards(db, 'select id, note, delay from flights where day < $1', [
      '2026-01-31',
    ]);
    await copy.into(exa, 'drive.target');
    expect(await target()).toBe(await source("where day < '2026-01-31'"));
  });

  it('moves the rows that one database would give where they have to be merged', async () => {
    const sql = `select max(id) as id, note, sum(delay) as delay from flights
      group by note order by note limit 100`;
    const { rowCount, workers } = await copyShards(db, sql).into(exa, 'drive.target', {
      workers: 2,
    });
    expect(rowCount).toBe(100);
    expect(workers.map(({ shard }) => shard)).toEqual([undefined, undefined]);
    const { rows } = await db.query(`select sum(id)::text as ids from (${sql}) q`);
    const [copied] = await drive.cluster.query('select sum(id)::text as ids from drive.target');
    expect(copied?.ids).toBe(rows[0]?.ids);
  });
});

describe('a copy that fails', () => {
  const copy = () => copyShards(db, 'select id, note, delay from flights');

  /** Nothing is committed, nothing is left open, and the next copy works. */
  async function expectNothingLeft(): Promise<void> {
    expect((await drive.cluster.query('select count(*)::int n from drive.target'))[0]?.n).toBe(0);
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
    await copy().into(exa, 'drive.target');
    expect(await target()).toBe(await source());
  }

  it('by its own statement opens no tunnel', async () => {
    const wrong = copyShards(db, 'select nothing from flights').into(exa, 'drive.target');
    await expect(wrong).rejects.toMatchObject({ name: 'SqlError', code: '42703' });
    await expectNothingLeft();
  });

  it('by a table that is missing says what Exasol says', async () => {
    const failure = await copy()
      .into(exa, 'drive.nowhere')
      .catch((error: unknown) => error as ExasolTransferError);
    expect(failure).toBeInstanceOf(ExasolTransferError);
    expect(failure).toMatchObject({ cause: { sqlCode: '42000' } });
    await expectNothingLeft();
  });

  it('by a row of one shard says what that shard says', async () => {
    // Only the last shard has it, far behind its first batches.
    const sql = `select id / (case when id = ${ROWS_OF_SHARD * SHARDS + 2} then 0 else 1 end) as id, note, delay from flights`;
    const failure = await copyShards(db, sql)
      .into(exa, 'drive.target')
      .catch((error: unknown) => error as ExasolTransferError);
    expect(failure).toBeInstanceOf(ExasolTransferError);
    expect(failure).toMatchObject({ cause: { name: 'SqlError', code: '22012' } });
    await expectNothingLeft();
  });

  it('by a value that the table does not take', async () => {
    const failure = await copyShards(db, "select id, repeat('x', 200), delay from flights")
      .into(exa, 'drive.target')
      .catch((error: unknown) => error as ExasolTransferError);
    expect(failure).toBeInstanceOf(ExasolTransferError);
    await expectNothingLeft();
  });

  it('by its signal', async () => {
    const abort = new AbortController();
    const sql =
      'select id, note, delay from flights, pg_sleep(case when id > 0 then 0.01 else 0 end)';
    const copied = copyShards(db, sql).into(exa, 'drive.target', { signal: abort.signal });
    await expect.poll(() => drive.cluster.openTunnels().length).toBe(SHARDS);
    abort.abort();
    await expect(copied).rejects.toMatchObject({ name: 'CancelledError' });
    await expectNothingLeft();
  });
});
