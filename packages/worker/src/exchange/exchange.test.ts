/** Both ends of an exchange over one channel. */
import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { Ended, Failed, TaskMessage } from '../protocol.js';
import { ExchangeReader } from './exchange-reader.js';
import { ExchangeWriter } from './exchange-writer.js';

const ENDED: Ended = {
  kind: 'ended',
  completion: { tag: 'SELECT 2', rowCount: 2, byteCount: 20 },
  firstRowMs: 1,
  totalMs: 2,
};
const FAILED: Failed = {
  kind: 'failed',
  server: 0,
  error: { kind: 'internal', message: 'm', code: 'c', stack: undefined },
  accepted: true,
  rowCount: 0,
  byteCount: 0,
};

interface Heard {
  /** What the ends heard, in order. */
  readonly log: unknown[];
  /** Settles when the log is so long. */
  readonly until: (length: number) => Promise<void>;
  readonly note: (entry: unknown) => void;
}

function listen(): Heard {
  const log: unknown[] = [];
  let wake: (() => void) | undefined;
  return {
    log,
    note: (entry) => {
      log.push(entry);
      wake?.();
    },
    until: async (length) => {
      while (log.length < length) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

const channels: MessageChannel[] = [];

afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close();
    port2.close();
  }
});

function exchange(
  credits: number,
  inspect?: (buffer: SharedArrayBuffer) => void,
  creditsAtOnce?: number,
) {
  const channel = new MessageChannel();
  channels.push(channel);
  const consumer = listen();
  const producer = listen();
  const writer = new ExchangeWriter(
    { port: channel.port1, credits, ...(inspect && { inspect }) },
    {
      run: () => producer.note('run'),
      credit: () => producer.note('credit'),
      cancel: () => producer.note('cancel'),
    },
  );
  const reader = new ExchangeReader(
    channel.port2,
    {
      described: (message) => consumer.note(message),
      batch: (message) => consumer.note(message),
      ended: (message) => consumer.note(message),
      failed: (message) => consumer.note(message),
      lost: () => consumer.note('lost'),
    },
    creditsAtOnce,
  );
  return { channel, consumer, producer, writer, reader };
}

const seen = { rowCount: 1, byteCount: 10 };

describe('batches', () => {
  test('arrive as the same memory, in order, with what was seen so far', async () => {
    const { writer, consumer } = exchange(4);
    const first = writer.source(16);
    new Uint8Array(first).fill(7);
    writer.put(first, seen);
    const second = writer.source(8);
    writer.put(second, { rowCount: 3, byteCount: 30 });
    await consumer.until(2);
    const [a, b] = consumer.log as {
      buffer: SharedArrayBuffer;
      rowCount: number;
      byteCount: number;
    }[];
    expect([a!.rowCount, a!.byteCount, b!.rowCount, b!.byteCount]).toEqual([1, 10, 3, 30]);
    expect([...new Uint8Array(a!.buffer)]).toEqual(new Array(16).fill(7));
    new Uint8Array(first)[0] = 9;
    expect(new Uint8Array(a!.buffer)[0]).toBe(9);
  });

  test('have their credits go back together, and at once when they are flushed', async () => {
    const { writer, reader, producer } = exchange(3, undefined, 2);
    const buffers = [1, 2, 3].map(() => writer.source(8));
    for (const buffer of buffers) writer.put(buffer, seen);
    reader.credit(buffers[0]);
    reader.credit(buffers[1]);
    await producer.until(1);
    expect([writer.source(8), writer.source(8)]).toEqual([buffers[0], buffers[1]]);
    writer.put(writer.source(8), seen);
    writer.put(writer.source(8), seen);
    expect(writer.ready()).toBe(false);
    reader.credit(undefined);
    reader.flushCredits();
    reader.flushCredits();
    await producer.until(2);
    expect([writer.ready(), producer.log]).toEqual([true, ['credit', 'credit']]);
  });

  test('go out as long as there is credit, and again when it comes back', async () => {
    const { writer, reader, producer } = exchange(2);
    expect(writer.ready()).toBe(true);
    writer.put(writer.source(8), seen);
    expect(writer.ready()).toBe(true);
    writer.put(writer.source(8), seen);
    expect(writer.ready()).toBe(false);
    reader.credit(undefined);
    await producer.until(1);
    expect(producer.log).toEqual(['credit']);
    expect(writer.ready()).toBe(true);
    writer.put(writer.source(8), seen);
    expect(writer.ready()).toBe(false);
  });

  test('are written again in buffers that came back with their credit, not in those that were kept', async () => {
    const { writer, reader, consumer, producer } = exchange(2);
    const [first, second] = [writer.source(64), writer.source(64)];
    writer.put(first, seen);
    writer.put(second, seen);
    await consumer.until(2);
    const [a] = consumer.log as { buffer: SharedArrayBuffer }[];
    reader.credit(a!.buffer);
    reader.credit(undefined);
    await producer.until(2);
    const [again, fresh] = [writer.source(64), writer.source(64)];
    new Uint8Array(again)[0] = 5;
    new Uint8Array(fresh)[0] = 6;
    expect([new Uint8Array(first)[0], new Uint8Array(second)[0]]).toEqual([5, 0]);
  });

  test('are inspected before they go out, and one that is refused does not', async () => {
    const { writer, consumer } = exchange(1, (buffer) => {
      if (buffer.byteLength > 8) throw new Error('refused');
    });
    expect(() => writer.put(new SharedArrayBuffer(9), seen)).toThrow('refused');
    expect([writer.ready(), writer.firstPutAt]).toEqual([true, undefined]);
    writer.put(new SharedArrayBuffer(8), seen);
    await consumer.until(1);
    expect(consumer.log).toHaveLength(1);
  });

  test('the time of the first is kept', () => {
    const { writer } = exchange(2);
    writer.put(writer.source(8), seen);
    const { firstPutAt } = writer;
    expect(firstPutAt).toBeGreaterThan(0);
    writer.put(writer.source(8), seen);
    expect(writer.firstPutAt).toBe(firstPutAt);
  });
});

describe('the consumer asks', () => {
  test('to run and to cancel', async () => {
    const { reader, producer } = exchange(1);
    reader.run();
    reader.cancel();
    await producer.until(2);
    expect(producer.log).toEqual(['run', 'cancel']);
  });

  test('and is gone: that is a cancel', async () => {
    const { reader, producer } = exchange(1);
    reader.close();
    expect(reader.over).toBe(true);
    await producer.until(1);
    expect(producer.log).toEqual(['cancel']);
  });
});

describe('the last message', () => {
  test.each([ENDED, FAILED] as TaskMessage[])(
    'of kind $kind comes after all batches, and ends the exchange',
    async (last) => {
      const { writer, reader, consumer, producer, channel } = exchange(1);
      const closed = Promise.all([channel.port1, channel.port2].map((port) => once(port, 'close')));
      writer.put(writer.source(8), seen);
      writer.finish(last);
      await consumer.until(2);
      expect(consumer.log[1]).toEqual(last);
      expect(reader.over).toBe(true);
      reader.credit(undefined);
      reader.cancel();
      reader.run();
      expect(receiveMessageOnPort(channel.port1)).toBeUndefined();
      await closed;
      expect(consumer.log).toHaveLength(2);
      expect(producer.log).toEqual([]);
    },
  );

  test('that never comes, because the thread is gone, is a loss', async () => {
    const { channel, reader, consumer } = exchange(1);
    channel.port1.close();
    await consumer.until(1);
    expect(consumer.log).toEqual(['lost']);
    expect(reader.over).toBe(true);
  });

  test('is no loss to a consumer that closed its end itself', async () => {
    const { channel, reader, consumer, producer } = exchange(1);
    reader.close();
    await producer.until(1);
    channel.port1.close();
    expect(consumer.log).toEqual([]);
  });
});
