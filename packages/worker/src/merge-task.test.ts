/** Whole merges over ports, with a naive merge and both their neighbours on this thread. */
import { MessageChannel } from 'node:worker_threads';
import { Batch, BatchBuilder, type Schema, type Value } from '@millrace/batch';
import type { Combine, Merge, Pipeline } from '@millrace/operators';
import { describe, expect, test } from 'vitest';
import { ExchangeReader } from './exchange/exchange-reader.js';
import { ExchangeWriter } from './exchange/exchange-writer.js';
import { runMergeTask } from './merge-task.js';
import type { Ended, Failed, Merged } from './protocol.js';
import { NaiveMerge } from './testing/naive-merge.js';

const INPUT: Schema = {
  fields: [
    { name: 'k', type: { kind: 'int32' } },
    { name: 'v', type: { kind: 'int64' } },
  ],
};
const ORDERED: Combine = {
  kind: 'ordered',
  keys: [{ column: 0, order: 'value', descending: false, nullsFirst: false }],
};
const GATHER: Combine = { kind: 'gather' };

type Outcome = Merged | Failed | 'lost';

/** What stands in for a shard's task: sends batches as credits allow. */
class Producer {
  readonly writer: ExchangeWriter;
  /** Batches under way at most, and buffers that were made. */
  sent = 0;
  isUnwanted = false;
  #left: SharedArrayBuffer[];
  #ends: boolean;

  constructor(port: MessagePort2, batches: SharedArrayBuffer[], credits: number, ends = true) {
    this.#left = [...batches];
    this.#ends = ends;
    this.writer = new ExchangeWriter(
      { port, credits },
      {
        credit: () => this.go(),
        cancel: () => {
          this.isUnwanted = true;
        },
      },
    );
  }

  go(): void {
    while (this.writer.ready() && this.#left.length > 0) {
      this.sent++;
      this.writer.put(this.#left.shift()!, { rowCount: this.sent, byteCount: 0 });
    }
    if (this.#left.length === 0 && this.#ends) {
      this.#ends = false;
      this.writer.finish(ENDED);
    }
  }
}

type MessagePort2 = MessageChannel['port1'];

const ENDED: Ended = {
  kind: 'ended',
  completion: { tag: 'SELECT 1', rowCount: 1, byteCount: 1 },
  firstRowMs: undefined,
  totalMs: 1,
};

function batchOf(rows: readonly (readonly Value[])[]): SharedArrayBuffer {
  const builder = new BatchBuilder(INPUT);
  for (const row of rows) builder.append(row);
  return builder.finish();
}

interface Setting {
  readonly inputs: readonly (readonly SharedArrayBuffer[])[];
  readonly pipeline?: Partial<Pipeline>;
  readonly present?: readonly number[];
  readonly credits?: number;
  /** Whether the consumer gives credit for what it gets. */
  readonly reads?: boolean;
  readonly ends?: boolean;
  readonly createMerge?: (pipeline: Pipeline) => Merge;
}

function start(setting: Setting) {
  const { inputs, pipeline, present = inputs.map((_, i) => i), credits = 2 } = setting;
  const channels = inputs.map(() => new MessageChannel());
  const producers = inputs.map(
    (batches, i) => new Producer(channels[i]!.port2, [...batches], credits, setting.ends),
  );
  const { port1, port2 } = new MessageChannel();
  const rows: Value[][] = [];
  const batches: { readonly buffer: SharedArrayBuffer; readonly rowCount: number }[] = [];
  const waiting: (() => void)[] = [];
  let output: Schema | undefined;
  let reader!: ExchangeReader;
  const last = new Promise<Outcome>((resolve) => {
    reader = new ExchangeReader(port2, {
      begun: (message) => {
        output = message.output;
      },
      batch: (message) => {
        batches.push(message);
        const { vectors, rowCount } = new Batch(output as Schema, message.buffer);
        for (let row = 0; row < rowCount; row++) rows.push(vectors.map((it) => it.at(row)));
        if (setting.reads !== false) reader.credit(message.buffer);
        for (const wake of waiting.splice(0)) wake();
      },
      merged: resolve,
      failed: resolve,
      lost: () => resolve('lost'),
    });
  });
  const settled = runMergeTask(
    { kind: 'merge', inputs: channels.map((it) => it.port1), credits, port: port1 },
    { verify: true, createMerge: setting.createMerge ?? ((it) => new NaiveMerge(it)) },
  );
  const begin = (): void =>
    reader.begin({
      kind: 'begin',
      inputs: present,
      pipeline: {
        inputCount: present.length,
        input: INPUT,
        combine: GATHER,
        sort: [],
        limit: undefined,
        columns: [0, 1],
        batchRows: 100,
        ...pipeline,
      },
    });
  const untilBatches = async (count: number): Promise<void> => {
    while (batches.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { producers, reader, begin, rows, batches, last, settled, untilBatches };
}

/** Starts a merge, lets its inputs go, and waits for its last word. */
async function merge(setting: Setting) {
  const it = start(setting);
  for (const producer of it.producers) producer.go();
  it.begin();
  const last = await it.last;
  await it.settled;
  return { ...it, last };
}

/** Turns of the event loop, enough for all that is under way to arrive. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

const row = (k: number): Value[] => [k, BigInt(k * 10)];
const one = (k: number): SharedArrayBuffer => batchOf([row(k)]);

describe('a merge', () => {
  test('makes one sorted stream of sorted ones, whatever their batches', async () => {
    const { rows, last } = await merge({
      inputs: [[one(1), batchOf([row(4), row(5)])], [one(2), one(3), one(6), one(9)], []],
      pipeline: { combine: ORDERED, batchRows: 1 },
    });
    expect(rows).toEqual([1, 2, 3, 4, 5, 6, 9].map(row));
    expect(last).toMatchObject({ kind: 'merged', statistics: { rowsIn: 7, rowsOut: 7 } });
    expect((last as Merged).ms).toBeGreaterThanOrEqual(0);
  });

  test('sends nothing before it is told to begin', async () => {
    const it = start({ inputs: [[one(1)]] });
    it.producers[0]!.go();
    await turns();
    expect(it.rows).toEqual([]);
    it.begin();
    expect(await it.last).toMatchObject({ kind: 'merged' });
    expect(it.rows).toEqual([row(1)]);
  });

  test('aggregates, and says how many groups there were', async () => {
    const combine: Combine = {
      kind: 'aggregate',
      keys: [{ column: 0, order: 'value' }],
      accumulators: [{ kernel: 'sum', columns: [1] }],
    };
    const { rows, last } = await merge({
      inputs: [[batchOf([row(1), row(2)])], [one(1), one(1)]],
      pipeline: { combine },
    });
    expect(rows).toEqual([
      [1, 30n],
      [2, 20n],
    ]);
    expect(last).toMatchObject({ statistics: { rowsIn: 4, rowsOut: 2, groups: 2 } });
  });

  test('leaves out inputs that were lost before it began', async () => {
    const it = start({ inputs: [[one(1)], [one(2)], [one(3)]], present: [0, 2] });
    for (const producer of it.producers) producer.go();
    it.begin();
    await it.last;
    expect(it.rows.sort()).toEqual([row(1), row(3)]);
  });

  test('that is over before its inputs closes them: their tasks stop', async () => {
    const { rows, last, producers } = await merge({
      inputs: [Array.from({ length: 50 }, (_, i) => one(i)), []],
      pipeline: { limit: { offset: 1, count: 2, withTies: false } },
      ends: false,
    });
    expect(rows).toEqual([row(1), row(2)]);
    expect(last).toMatchObject({ kind: 'merged' });
    await turns();
    expect(producers.map(({ isUnwanted }) => isUnwanted)).toEqual([true, true]);
    expect(producers[0]!.sent).toBeLessThan(10);
  });
});

describe('credits', () => {
  test('bound what an input has under way that is not wanted yet', async () => {
    const it = start({
      inputs: [Array.from({ length: 20 }, (_, i) => one(i)), []],
      pipeline: { combine: ORDERED },
      ends: false,
    });
    it.producers[0]!.go();
    it.begin();
    await turns();
    // One is in the merge, two wait.
    expect(it.producers[0]!.sent).toBe(3);
    expect(it.rows).toEqual([]);
    it.reader.cancel();
    await it.last;
  });

  test('bound what goes out, and come back', async () => {
    const it = start({
      inputs: [Array.from({ length: 20 }, (_, i) => one(i))],
      pipeline: { combine: ORDERED, batchRows: 1 },
      reads: false,
    });
    it.producers[0]!.go();
    it.begin();
    await turns();
    expect(it.batches).toHaveLength(2);
    expect(it.producers[0]!.sent).toBeLessThan(8);
    for (let count = 2; count < 20; count++) {
      it.reader.credit(it.batches[count - 2]!.buffer);
      await it.untilBatches(count + 1);
      expect(it.batches).toHaveLength(count + 1);
    }
    it.reader.credit(undefined);
    expect(await it.last).toMatchObject({ kind: 'merged' });
    expect(it.rows).toEqual(Array.from({ length: 20 }, (_, i) => row(i)));
    expect(it.batches.map(({ rowCount }) => rowCount)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });
});

describe('a merge that does not come to its end', () => {
  test.each(['before it begins', 'while it waits for rows', 'while it waits for credit'])(
    'is cancelled %s',
    async (when) => {
      const it = start({
        inputs: [Array.from({ length: 20 }, (_, i) => one(i))],
        pipeline: { batchRows: 1 },
        ends: false,
        reads: when !== 'while it waits for credit',
      });
      if (when !== 'before it begins') {
        it.producers[0]!.go();
        it.begin();
        await turns();
      }
      it.reader.cancel();
      expect(await it.last).toMatchObject({ kind: 'failed', error: { kind: 'cancelled' } });
      await it.settled;
      await turns();
      expect(it.producers[0]!.isUnwanted).toBe(true);
    },
  );

  test('because its consumer is gone, closes its inputs', async () => {
    const it = start({ inputs: [[one(1)]], ends: false });
    it.producers[0]!.go();
    it.begin();
    await it.untilBatches(1);
    it.reader.close();
    await it.settled;
    await turns();
    expect(it.producers[0]!.isUnwanted).toBe(true);
  });

  test('waits for a word of the engine when an input is lost', async () => {
    const it = start({ inputs: [[one(1)], [one(2)]], ends: false });
    for (const producer of it.producers) producer.go();
    it.begin();
    await it.untilBatches(2);
    it.producers[0]!.writer.abandon();
    await turns();
    expect(it.reader.over).toBe(false);
    it.reader.cancel();
    expect(await it.last).toMatchObject({ kind: 'failed', error: { kind: 'cancelled' } });
  });

  test.each(['when it is built', 'on a batch'])('fails by an error of its own %s', async (when) => {
    const failing = (): never => {
      throw new RangeError('does not fit');
    };
    const createMerge = (pipeline: Pipeline): Merge => {
      if (when === 'when it is built') failing();
      return Object.assign(new NaiveMerge(pipeline), { consume: failing });
    };
    const { last, producers } = await merge({ inputs: [[one(1)]], ends: false, createMerge });
    expect(last).toMatchObject({ kind: 'failed', error: { message: 'does not fit' } });
    await turns();
    expect(producers[0]!.isUnwanted).toBe(true);
  });
});
