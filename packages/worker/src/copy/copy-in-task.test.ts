/** A COPY into a real server, whose inputs are played by the test. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Cluster, startCluster } from '@millrace/embedded';
import { copyChunkBytes, type PostgresConnection, writeCopyChunk } from '@millrace/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConnectionCache } from '../connection-cache.js';
import { ExchangeWriter } from '../exchange/exchange-writer.js';
import type { CopyLimits, CopyMessage } from '../protocol.js';
import { readTexts } from '../read-texts.js';
import { allocateLedger } from '../session-ledger.js';
import type { ShardTaskContext } from '../shard-task.js';
import { runCopyIn } from './copy-in-task.js';

const SESSION = { id: 1, isNew: false, begin: 'staging' } as const;

let cluster: Cluster;
let context: ShardTaskContext;
let connection: PostgresConnection;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
});
afterAll(async () => {
  await cluster?.stop();
});
beforeEach(async () => {
  const address = { url: cluster.urls[0]!, connectTimeoutMs: 20_000, session: {}, readBytes: 0 };
  const shards = [{ name: 'shard0', address }];
  const connections = new ConnectionCache(shards, 4);
  const ledger = allocateLedger(4);
  const settings = { shards, connectionsPerShard: 4, verify: true, cancelGraceMs: 20_000, ledger };
  context = { settings, connections, typeNames: new Map() };
  connection = await connections.sessions.acquire({ ...SESSION, isNew: true }, 0);
  await connection.command('begin; create temp table x (t text) on commit drop');
});
afterEach(async () => {
  await context.connections.close();
});

class PlayedInput {
  readonly port: MessagePort;
  readonly cancelled: Promise<void>;
  /** Settles when the socket has taken something of it. */
  readonly taken: Promise<void>;
  readonly #writer: ExchangeWriter;
  #byteCount = 0;
  #rowCount = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port2;
    let cancel!: () => void;
    this.cancelled = new Promise((resolve) => {
      cancel = resolve;
    });
    let credit!: () => void;
    this.taken = new Promise((resolve) => {
      credit = resolve;
    });
    this.#writer = new ExchangeWriter({ port: port1, credits: 4 }, { credit, cancel });
  }

  send(messages: Buffer, { rows, endsWhole }: { rows: number; endsWhole: boolean }): void {
    const buffer = new SharedArrayBuffer(copyChunkBytes(messages.length));
    writeCopyChunk(buffer, messages, endsWhole);
    this.#byteCount += messages.length;
    this.#rowCount += rows;
    this.#writer.put(buffer, { rowCount: this.#rowCount, byteCount: this.#byteCount });
  }

  end(): void {
    const completion = { tag: '', rowCount: this.#rowCount, byteCount: this.#byteCount };
    this.#writer.finish({ kind: 'ended', completion, firstRowMs: undefined, totalMs: 0 });
  }

  /** As a thread that dies. */
  lose(): void {
    this.port.close();
  }
}

interface Running {
  readonly inputs: readonly PlayedInput[];
  readonly engine: MessagePort;
  readonly message: Promise<CopyMessage>;
  readonly settled: Promise<void>;
}

function begin(limits: Partial<CopyLimits> = {}): Running {
  const inputs = [new PlayedInput(), new PlayedInput()];
  const { port1, port2 } = new MessageChannel();
  const message = new Promise<CopyMessage>((resolve) => {
    port1.on('message', resolve);
  });
  const settled = runCopyIn(
    {
      ...{ kind: 'copy-in', shard: 0, session: SESSION, sql: 'copy x from stdin', port: port2 },
      inputs: inputs.map(({ port }) => port),
      limits: { maxRows: 1000, maxBytes: 1e9, ...limits },
    },
    context,
  );
  return { inputs, engine: port1, message, settled };
}

function row(text: string): Buffer {
  const body = Buffer.from(`${text}\n`);
  const head = Buffer.from([0x64, 0, 0, 0, 0]);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

/** One turn of the event loop and more: what was sent has been received. */
async function received(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a COPY that is fed by two', () => {
  test('never puts a row of one into the middle of the other’s', async () => {
    const { inputs, message, settled } = begin();
    const [one, other] = inputs as [PlayedInput, PlayedInput];
    const large = row('a'.repeat(1000));
    one.send(large.subarray(0, 300), { rows: 0, endsWhole: false });
    await one.taken;
    other.send(Buffer.concat([row('b'), row('c')]), { rows: 2, endsWhole: true });
    other.end();
    await received();
    one.send(large.subarray(300, 600), { rows: 0, endsWhole: false });
    await received();
    one.send(Buffer.concat([large.subarray(600), row('d')]), { rows: 2, endsWhole: true });
    one.end();
    expect(await message).toEqual({
      rowCount: 4,
      byteCount: large.length + 3 * row('b').length,
      error: undefined,
    });
    await settled;
    const texts = await readTexts(connection, 'select t from x order by t');
    expect(texts).toEqual([['a'.repeat(1000)], ['b'], ['c'], ['d']]);
  });

  test('tells of rows that the server has not taken', async () => {
    const { inputs, message } = begin();
    const [one, other] = inputs as [PlayedInput, PlayedInput];
    one.send(row('a'), { rows: 2, endsWhole: true });
    one.end();
    other.end();
    expect((await message).error).toMatchObject({ code: 'MILLRACE_COPY_COUNT' });
  });

  test('says how much it was when it was too much, and stops both', async () => {
    const { inputs, message, settled } = begin({ maxRows: 2 });
    const [one, other] = inputs as [PlayedInput, PlayedInput];
    one.send(Buffer.concat([row('a'), row('b')]), { rows: 2, endsWhole: true });
    other.send(row('c'), { rows: 1, endsWhole: true });
    expect(await message).toMatchObject({ rowCount: 3, error: { code: 'MILLRACE_COPY_LIMIT' } });
    await Promise.all([settled, one.cancelled, other.cancelled]);
    expect(connection.state).toBe('idle');
  });

  test.each([
    ['between rows', row('a'), true, 'idle'],
    ['in the middle of a row', row('a').subarray(0, 6), false, 'closed'],
  ])('and loses one of them %s is stopped', async (_, messages, endsWhole, state) => {
    const { inputs, message, settled } = begin();
    const [one, other] = inputs as [PlayedInput, PlayedInput];
    one.send(messages, { rows: 1, endsWhole });
    await one.taken;
    one.lose();
    expect((await message).error).toMatchObject({ kind: 'cancelled' });
    await Promise.all([settled, other.cancelled]);
    expect(connection.state).toBe(state);
  });

  test('is stopped by its engine, or when that is gone', async () => {
    for (const stop of [
      (engine: MessagePort) => engine.postMessage('cancel'),
      (engine: MessagePort) => engine.close(),
    ]) {
      const { inputs, engine, settled } = begin();
      await received();
      stop(engine);
      await Promise.all([settled, ...inputs.map(({ cancelled }) => cancelled)]);
      expect(connection.state).toBe('idle');
      await connection.command('rollback; begin; create temp table x (t text) on commit drop');
    }
  });
});
