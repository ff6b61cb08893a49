import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { connect, httpTransport } from '@millrace/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../support/ask.js';
import { startShards } from '../../support/start-shards.js';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let files: readonly string[];

beforeAll(async () => {
  drive = await startDrive();
  const exa = await drive.connect();
  const folder = await drive.folder();
  const pattern = join(folder, 'part-%d.csv');
  await exa.exportParallel({ from: 'drive.flights', to: pattern, workers: 4 });
  files = [0, 1, 2, 3].map((i) => pattern.replace('%d', String(i)));
});

beforeEach(() => drive.cluster.query('truncate drive.target'));

afterAll(() => drive?.close());

/** Rows that are in one of the tables and not in the other. */
async function differences(): Promise<unknown> {
  const rows = await drive.cluster.query(
    `select count(*)::int n from ((table drive.flights except all table drive.target) union all
     (table drive.target except all table drive.flights)) d`,
  );
  return rows[0]?.n;
}

describe.each([
  { encryption: false, compression: false },
  { encryption: true, compression: false },
  { encryption: true, compression: true },
])('an import with $encryption TLS and $compression gzip', ({ encryption, compression }) => {
  it.each([1, 2, 4])('takes all rows of %i files', async (workers) => {
    const exa = await drive.connect({ encryption });
    const from = files.slice(0, workers);
    const result = await exa.importParallel({ into: 'drive.target', from, compression });
    expect(result.workers).toHaveLength(workers);
    expect(result.rowCount).toBe(ROWS / (4 / workers));
    if (workers === 4) expect(await differences()).toBe(0);
    await exa.close();
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
  });
});

describe('an import comes', () => {
  it('from batches of another stream, each row once', async () => {
    const [from, into] = await Promise.all([drive.connect(), drive.connect()]);
    const { rowCount, workers } = await into.importParallel({
      into: 'drive.target',
      workers: 3,
      from: from.stream('drive.flights', { workers: 2, batchRows: 500 }),
    });
    expect(rowCount).toBe(ROWS);
    expect(workers.reduce((sum, worker) => sum + worker.rowCount!, 0)).toBe(ROWS);
    expect(await differences()).toBe(0);
  });

  it.each(['an iterable', 'an async iterable'])('from rows of %s', async (kind) => {
    const exa = await drive.connect();
    function* rows(): Generator<readonly unknown[]> {
      for (let id = 1; id <= ROWS; id++) {
        const note = id % 7 === 0 ? `a,"b"\n${id}` : `note ${id}`;
        yield [id, note, id % 5 === 0 ? null : id / 4];
      }
    }
    async function* later(): AsyncGenerator<readonly unknown[]> {
      yield* rows();
    }
    const from = kind === 'an iterable' ? rows() : later();
    const result = await exa.importParallel({ into: 'drive.target', from, workers: 2 });
    expect(result.rowCount).toBe(ROWS);
    expect(result.workers.reduce((sum, worker) => sum + worker.rowCount!, 0)).toBe(ROWS);
    expect(await differences()).toBe(0);
  });

  it('from Node streams, functions and modules', async () => {
    const exa = await drive.connect();
    const text = (ids: string) => `export default () => [Buffer.from(${JSON.stringify(ids)})]`;
    const module = new URL(`data:text/javascript,${encodeURIComponent(text('-1,x,\n'))}`);
    const from = [
      createReadStream(files[0]!),
      ({ index, workers }: { index: number; workers: number }) => [
        [-2, `${index}/${workers}`, null],
      ],
      module,
    ];
    const { rowCount } = await exa.importParallel({ into: 'drive.target', from });
    expect(rowCount).toBe(ROWS / 4 + 2);
    const rows = await drive.cluster.query('select * from drive.target where id < 0 order by id');
    expect(rows).toEqual([
      { id: '-2', note: '1/3', delay: null },
      { id: '-1', note: 'x', delay: null },
    ]);
  });

  it('from generators, one for each stream', async () => {
    const exa = await drive.connect();
    function* rows(id: number): Generator<readonly unknown[]> {
      yield [id, 'x', null];
      yield [id + 1, 'y', null];
    }
    const { workers } = await exa.importParallel({
      into: 'drive.target',
      from: [rows(1), rows(3), new Set([[5, 'z', null]])],
    });
    expect(workers.map(({ rowCount }) => rowCount)).toEqual([2, 2, 1]);
  });

  it('from nothing, which is nothing', async () => {
    const exa = await drive.connect();
    expect(await exa.importParallel({ into: 'drive.target', from: [], workers: 2 })).toMatchObject({
      rowCount: 0,
      bytes: 0,
    });
  });
});

describe('PostgreSQL and Exasol together', () => {
  it('rows of all shards go into a table as batches', async () => {
    await using shards = await startShards(2);
    const shares = ['<=', '>'].map(
      (side) => `create table flights as select i::int8 id, 'note "' || i || '"' note,
       case when i % 3 = 0 then null else i / 4.0 end::numeric(10,2) delay from generate_series(1, 10000) i where i ${side} 4000`,
    );
    await Promise.all(shards.urls.map((url, i) => ask(url, shares[i]!)));
    const db = await connect({ shards: shards.urls });
    const exa = await drive.connect();
    const from = db.stream('select id, note, delay from flights', [], { mode: 'union' });
    const result = await exa.importParallel({ into: 'drive.target', from, workers: 2 });
    await db.close();
    expect(result.rowCount).toBe(10_000);
    expect(
      await drive.cluster.query(
        `select count(*)::int n, sum(id)::text ids, sum(delay)::text delays, min(note) note from drive.target`,
      ),
    ).toEqual([{ n: 10_000, ids: '50005000', delays: '8334166.75', note: 'note "1"' }]);
  });
});

describe('tunnels opened apart from the statement', () => {
  it('export and import by their addresses', async () => {
    const exa = await drive.connect();
    const nodes = await exa.session.nodes(2);
    const pieces: Uint8Array[][] = [[], []];
    const out = await Promise.all(nodes.map(({ host, port }) => httpTransport({ host, port })));
    const [exported] = await Promise.all([
      exa.exportParallel(
        out.map(({ address }) => address),
        'drive.flights',
      ),
      ...out.map((tunnel, i) =>
        tunnel.exportTo(async (bytes) => {
          for await (const piece of bytes) pieces[i]!.push(piece);
        }),
      ),
    ]);
    await Promise.all(out.map((tunnel) => tunnel.close()));
    expect(exported).toEqual({ rowCount: ROWS });

    const back = await Promise.all(nodes.map(({ host, port }) => httpTransport({ host, port })));
    const [imported] = await Promise.all([
      exa.importParallel(
        back.map(({ address }) => address),
        'drive.target',
      ),
      ...back.map((tunnel, i) => tunnel.importFrom(pieces[i]!)),
    ]);
    await Promise.all(back.map((tunnel) => tunnel.close()));
    expect(imported).toEqual({ rowCount: ROWS });
    expect(await differences()).toBe(0);
  });
});
