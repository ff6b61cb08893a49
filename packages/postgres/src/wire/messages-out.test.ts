import fc from 'fast-check';
import { serialize } from 'pg-protocol';
import { describe, expect, test } from 'vitest';
import { MessageWriter, type WireParameter } from './messages-out.js';

/** SQL and the like: any characters but the zero, which ends a text. */
const text = fc
  .string({ unit: 'binary', maxLength: 60 })
  .map((value) => value.replaceAll('\0', ''));
const parameters = fc.array(fc.oneof(text, fc.constant(null), fc.uint8Array({ maxLength: 60 })), {
  maxLength: 12,
});
const forPg = (values: readonly WireParameter[]): (string | Buffer | null)[] =>
  values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));

describe('the bytes are those of pg-protocol', () => {
  test('for Parse', () => {
    fc.assert(
      fc.property(text, (sql) => {
        expect(new MessageWriter().parse(sql).take()).toEqual(serialize.parse({ text: sql }));
      }),
    );
  });

  test('for Bind with one result format', () => {
    fc.assert(
      fc.property(parameters, fc.boolean(), (values, binary) => {
        expect(new MessageWriter().bind(values, [binary ? 1 : 0]).take()).toEqual(
          serialize.bind({ values: forPg(values), binary }),
        );
      }),
    );
  });

  test.each([
    [
      'Describe of the statement',
      new MessageWriter().describe('S'),
      serialize.describe({ type: 'S' }),
    ],
    [
      'Describe of the portal',
      new MessageWriter().describe('P'),
      serialize.describe({ type: 'P' }),
    ],
    ['Execute', new MessageWriter().execute(), serialize.execute()],
    ['Sync', new MessageWriter().sync(), serialize.sync()],
    ['Query', new MessageWriter().query('select ü'), serialize.query('select ü')],
    ['CopyFail', new MessageWriter().copyFail('no'), serialize.copyFail('no')],
    ['Terminate', new MessageWriter().terminate(), serialize.end()],
  ])('for %s', (_, writer, expected) => {
    expect(writer.take()).toEqual(Buffer.from(expected));
  });
});

describe('MessageWriter', () => {
  test('asks for each column in its own format, after everything pg-protocol writes too', () => {
    const bytes = new MessageWriter().bind(['a', null], [1, 0, 1]).take();
    const expected = serialize.bind({ values: ['a', null] });
    const beforeFormats = expected.length - 4;
    expect(bytes.subarray(5, beforeFormats)).toEqual(expected.subarray(5, beforeFormats));
    expect([...bytes.subarray(beforeFormats)]).toEqual([0, 3, 0, 1, 0, 0, 0, 1]);
    expect(bytes.readInt32BE(1)).toBe(bytes.length - 1);
  });

  test('puts messages one after the other, however long, and is empty afterwards', () => {
    const writer = new MessageWriter();
    const long = `select '${'x'.repeat(5000)}'`;
    const bytes = writer.parse(long).bind([long], [0]).execute().sync().take();
    expect(bytes).toEqual(
      Buffer.concat([
        serialize.parse({ text: long }),
        serialize.bind({ values: [long] }),
        serialize.execute(),
        serialize.sync(),
      ]),
    );
    expect(writer.take()).toHaveLength(0);
    expect(writer.sync().take()).toEqual(serialize.sync());
  });

  test('gives bytes that later messages do not change', () => {
    const writer = new MessageWriter();
    const first = writer.query('first').take();
    writer.query('other').take();
    expect(first).toEqual(serialize.query('first'));
  });

  test('takes as many parameters as the protocol counts', () => {
    const bytes = new MessageWriter().bind(new Array(65_535).fill(null), []).take();
    expect(bytes.readUInt16BE(7)).toBe(65_535);
    expect(bytes.readUInt16BE(9 + 2 * 65_535)).toBe(65_535);
  });

  test('keeps nothing of a message that could not be written', () => {
    const writer = new MessageWriter().parse('select');
    expect(() => writer.bind(new Array(65_536).fill(null), [])).toThrow(RangeError);
    expect(writer.sync().take()).toEqual(serialize.sync());
  });
});
