import { describe, expect, test } from 'vitest';
import { InvariantError } from './assert.js';
import { BatchBuilder } from './batch-builder.js';
import { COLUMN_WORDS, ColumnWord, columnWord, HEADER_WORDS, layoutOf } from './layout.js';
import type { Schema } from './schema.js';
import { ODD_ROW_COUNTS, SAMPLE_TYPES } from './testing/sample-types.js';
import type { Value } from './vector.js';
import { verifyBatch } from './verify.js';

const schema: Schema = { fields: SAMPLE_TYPES.map(({ name, type }) => ({ name, type })) };
const COLUMNS = schema.fields.length;
const ROWS = 20;

/** A batch of every type, each value NULL once in a while. */
function build(rowCount = ROWS): SharedArrayBuffer {
  const builder = new BatchBuilder(schema);
  for (let row = 0; row < rowCount; row++) {
    builder.append(
      SAMPLE_TYPES.map(({ edges }, column) =>
        (row + column) % 5 === 0 ? null : (edges[row % edges.length] as Value),
      ),
    );
  }
  return builder.finish();
}

const headerOf = (buffer: SharedArrayBuffer): Int32Array =>
  new Int32Array(buffer, 0, HEADER_WORDS + COLUMN_WORDS * COLUMNS);

const columnOf = (name: string): number => SAMPLE_TYPES.findIndex((type) => type.name === name);

/** Damages a good batch and expects it to be refused. */
function expectRefused(damage: (buffer: SharedArrayBuffer) => void, what?: RegExp): void {
  const buffer = build();
  verifyBatch(schema, buffer);
  damage(buffer);
  expect(() => verifyBatch(schema, buffer)).toThrow(InvariantError);
  if (what !== undefined) expect(() => verifyBatch(schema, buffer)).toThrow(what);
}

describe('a sound batch', () => {
  test.each(ODD_ROW_COUNTS)('of every type and %i rows is accepted', (rowCount) => {
    expect(() => verifyBatch(schema, build(rowCount))).not.toThrow();
  });

  test('in a buffer that is larger than needed is accepted', () => {
    const small = build();
    const large = new SharedArrayBuffer(small.byteLength + 1);
    new Uint8Array(large).set(new Uint8Array(small));
    expect(() => verifyBatch(schema, large)).not.toThrow();
  });
});

test('text of more than a piece is verified to its end, characters across pieces too', () => {
  const text: Schema = { fields: [{ name: 't', type: { kind: 'utf8' } }] };
  const builder = new BatchBuilder(text);
  builder.append([`x${'€'.repeat(700_000)}`]);
  const buffer = builder.finish();
  expect(() => verifyBatch(text, buffer)).not.toThrow();
  const bytes = new Uint8Array(buffer);
  const last = bytes.lastIndexOf(0xac);
  bytes[last] = 0x20;
  expect(() => verifyBatch(text, buffer)).toThrow(/not valid UTF-8/);
  // A character that is cut off at the very end.
  bytes.set([0x41, 0x41, 0xe2], last - 2);
  expect(() => verifyBatch(text, buffer)).toThrow(/not valid UTF-8/);
});

const WORD_NAMES = [
  ...['magic', 'rows', 'columns', 'used bytes'],
  ...schema.fields.flatMap(({ name }) =>
    Object.keys(ColumnWord).map((word) => `${word} of ${name}`),
  ),
];

describe('a header word that is wrong is refused', () => {
  test.each(WORD_NAMES.map((name, word) => [name, word] as const))('%s', (_, word) => {
    const original = headerOf(build())[word]!;
    const wrong = [original + 1, original - 1, original + 64, original - 64, -1, -original - 1]
      .concat([0x7fffffff, -0x80000000, original ^ 0x40000000])
      .filter((value) => value !== original);
    for (const value of wrong) {
      const buffer = build();
      headerOf(buffer)[word] = value;
      expect(() => verifyBatch(schema, buffer), `${original} made ${value}`).toThrow(
        InvariantError,
      );
    }
  });
});

describe('a body that is wrong is refused', () => {
  test.each(schema.fields.map(({ name }, column) => [name, column] as const))(
    'a validity bit of %s that flips',
    (_, column) => {
      for (let row = 0; row < ROWS; row++) {
        expectRefused((buffer) => {
          const at = headerOf(buffer)[columnWord(column) + ColumnWord.validity]! + (row >> 3);
          const bytes = new Uint8Array(buffer);
          bytes[at] = bytes[at]! ^ (1 << (row & 7));
        }, /counts \d+ NULLs/);
      }
    },
  );

  test.each(schema.fields.map(({ name }, column) => [name, column] as const))(
    'a validity bit of %s past the last row',
    (_, column) => {
      expectRefused((buffer) => {
        const at = headerOf(buffer)[columnWord(column) + ColumnWord.validity]! + (ROWS >> 3);
        const bytes = new Uint8Array(buffer);
        bytes[at] = bytes[at]! | 0x80;
      });
    },
  );

  test.each(['utf8', 'binary'])('offsets of %s that fall, or leave the data', (name) => {
    const column = columnOf(name);
    const offsetsOf = (buffer: SharedArrayBuffer): Int32Array =>
      new Int32Array(buffer, headerOf(buffer)[columnWord(column) + ColumnWord.values]!, ROWS + 1);
    const total = offsetsOf(build())[ROWS]!;
    for (let i = 0; i <= ROWS; i++) {
      for (const value of [-1, total + 1, 0x7fffffff, -0x80000000]) {
        expectRefused(
          (buffer) => {
            offsetsOf(buffer)[i] = value;
          },
          new RegExp(`column ${column + 1} \\(${name}\\) offsets`),
        );
      }
    }
    for (const i of [0, ROWS]) {
      expectRefused((buffer) => {
        offsetsOf(buffer)[i] = i === 0 ? 1 : total - 1;
      }, /offsets/);
    }
  });

  test.each([0x80, 0xc0, 0xf8, 0xff])('a byte %i in text that is not UTF-8', (byte) => {
    const column = columnOf('utf8');
    const textOf = (buffer: SharedArrayBuffer): Uint8Array => {
      const header = headerOf(buffer);
      const word = columnWord(column);
      const at = header[word + ColumnWord.data]!;
      return new Uint8Array(buffer, at, header[word + ColumnWord.dataBytes]!);
    };
    const ascii = [...textOf(build())].flatMap((old, i) => (old < 0x80 ? [i] : []));
    for (const i of ascii.slice(0, 40)) {
      expectRefused((buffer) => {
        textOf(buffer)[i] = byte;
      }, /not valid UTF-8/);
    }
  });
});

describe('text', () => {
  const text: Schema = { fields: [{ name: 't', type: { kind: 'utf8' } }] };

  test('whose offset cuts a character in two is refused', () => {
    const builder = new BatchBuilder(text);
    builder.append(['a日']);
    builder.append(['b']);
    const buffer = builder.finish();
    const start = new Int32Array(buffer)[columnWord(0) + ColumnWord.values]!;
    const offsets = new Int32Array(buffer, start, 3);
    expect([...offsets]).toEqual([0, 4, 5]);
    offsets[1] = 2;
    expect(() => verifyBatch(text, buffer)).toThrow(InvariantError);
  });

  test('in bytes is not looked at', () => {
    const bytes: Schema = { fields: [{ name: 'b', type: { kind: 'binary' } }] };
    const builder = new BatchBuilder(bytes);
    builder.append([Uint8Array.of(0xff)]);
    expect(() => verifyBatch(bytes, builder.finish())).not.toThrow();
  });
});

describe('a batch of another shape is refused', () => {
  test('fewer or more columns than the schema', () => {
    const fewer = { fields: schema.fields.slice(1) };
    const more = { fields: [...schema.fields, ...schema.fields.slice(0, 1)] };
    for (const other of [fewer, more]) expect(() => verifyBatch(other, build())).toThrow(/columns/);
  });

  test('a buffer that ends early, at any length', () => {
    const whole = new Uint8Array(build());
    for (let length = 0; length < whole.length; length += 61) {
      const buffer = new SharedArrayBuffer(length);
      new Uint8Array(buffer).set(whole.subarray(0, length));
      expect(() => verifyBatch(schema, buffer), `${length} bytes`).toThrow(InvariantError);
    }
  });

  test('a column of another width', () => {
    const wide: Schema = { fields: [{ name: 'n', type: { kind: 'int64' } }] };
    const narrow: Schema = { fields: [{ name: 'n', type: { kind: 'int16' } }] };
    const builder = new BatchBuilder(narrow);
    for (let row = 0; row < 64; row++) builder.append([row]);
    expect(() => verifyBatch(wide, builder.finish())).toThrow(/reach past/);
    expect(layoutOf(wide.fields[0]!.type)).toBe('fixed');
  });

  test('and the message names the column', () => {
    expectRefused((buffer) => {
      headerOf(buffer)[columnWord(2) + ColumnWord.values]! += 4;
    }, /^Broken batch: column 3 \(int32\) values start at \d+, not at \d+$/);
  });
});
