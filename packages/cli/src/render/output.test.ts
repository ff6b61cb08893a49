import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Output } from './output.js';

const SIGNAL = new AbortController().signal;

/** A stream whose writes fail with this code. */
function failing(code: string): Writable {
  return new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) =>
      done(Object.assign(new Error(`write failed: ${code}`), { code })),
  });
}

describe('output', () => {
  test('waits while the reader has enough', async () => {
    const pipe = new PassThrough({ highWaterMark: 4 });
    const output = new Output(pipe, SIGNAL);
    const order: string[] = [];
    const written = output.write('too much').then((open) => order.push(`written ${open}`));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('read');
    pipe.resume();
    await written;
    expect(order).toEqual(['read', 'written true']);
  });

  test('a reader that has gone is the end, and no error', async () => {
    const output = new Output(failing('EPIPE'), SIGNAL);
    expect(await output.write('a')).toBe(false);
    expect(await output.write('b')).toBe(false);
  });

  test('any other failure is one', async () => {
    const output = new Output(failing('ENOSPC'), SIGNAL);
    await expect(output.write('a')).rejects.toThrow('ENOSPC');
  });

  test('nothing waits once the signal is aborted', async () => {
    const controller = new AbortController();
    const output = new Output(new PassThrough({ highWaterMark: 1 }), controller.signal);
    const written = output.write('nobody reads');
    controller.abort();
    expect(await written).toBe(true);
  });
});
