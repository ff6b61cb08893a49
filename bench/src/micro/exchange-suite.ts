import { MessageChannel } from 'node:worker_threads';
import { ExchangeReader, ExchangeWriter } from '@millrace/worker';
import type { MicroBench } from './micro-bench.js';

const CREDITS = 4;
const BATCH_BYTES = 65_536;

/** Batches over an exchange whose ends are in one thread: what a message costs, without a change of threads. */
export function exchangeSuite(small: boolean): readonly MicroBench[] {
  const messages = small ? 50 : 2000;
  const { port1, port2 } = new MessageChannel();
  let left = 0;
  let received = 0;
  let finished: (() => void) | undefined;
  const send = (): void => {
    while (left > 0 && writer.ready()) {
      left--;
      writer.put(writer.source(BATCH_BYTES), { rowCount: 0, byteCount: 0 });
    }
  };
  // This exchange only carries batches: anything else ends the run, and its count gives it away.
  const stop = (): void => finished?.();
  const writer = new ExchangeWriter(
    { port: port1, credits: CREDITS },
    { run: stop, credit: send, cancel: stop },
  );
  const reader = new ExchangeReader(port2, {
    described: stop,
    ended: stop,
    failed: stop,
    lost: stop,
    batch: ({ buffer }) => {
      received++;
      reader.credit(buffer);
      if (received === messages) finished?.();
    },
  });
  // The suite is made even when it is not asked for, and must not keep the process running then.
  port1.unref();
  port2.unref();
  return [
    {
      name: 'batches with credit',
      stage: 'exchange',
      units: messages,
      unit: 'message',
      run: async () => {
        received = 0;
        left = messages;
        port2.ref();
        await new Promise<void>((resolve) => {
          finished = resolve;
          send();
        });
        port2.unref();
        return received;
      },
      close: async () => reader.close(),
    },
  ];
}
