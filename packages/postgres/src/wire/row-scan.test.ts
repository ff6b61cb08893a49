import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError } from '../errors.js';
import { commandComplete, dataRow, int16, int32, message } from '../testing/wire-encoder.js';
import { newRowScan, type RowScan, scanRows } from './row-scan.js';

const viewOf = (bytes: Buffer): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function scanAll(bytes: Buffer, columnCount: number, maxRows = 1e9): RowScan & { next: number } {
  const scan = newRowScan(columnCount);
  const next = scanRows(viewOf(bytes), 0, bytes.length, scan, maxRows);
  return { ...scan, next };
}

/** The fields that a scan notes, as bytes. */
function fieldsOf(bytes: Buffer, scan: RowScan): (Buffer | null)[][] {
  return Array.from({ length: scan.rowCount }, (_, row) =>
    Array.from({ length: scan.columnCount }, (_, column) => {
      const at = scan.fields[row * scan.columnCount + column]!;
      const length = bytes.readInt32BE(at);
      return length < 0 ? null : bytes.subarray(at + 4, at + 4 + length);
    }),
  );
}

const tables = fc.nat(6).chain((columnCount) =>
  fc.record({
    columnCount: fc.constant(columnCount),
    rows: fc.array(
      fc.array(
        fc.option(
          fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
          { nil: null },
        ),
        { minLength: columnCount, maxLength: columnCount },
      ),
      { maxLength: 100, size: 'max' },
    ),
  }),
);

describe('scanRows', () => {
  test('notes every field of every row, and stops at the first message of another kind', () => {
    fc.assert(
      fc.property(tables, ({ columnCount, rows }) => {
        const encoded = Buffer.concat(rows.map(dataRow));
        const bytes = Buffer.concat([encoded, commandComplete('SELECT')]);
        const scan = scanAll(bytes, columnCount);
        expect(scan.next).toBe(encoded.length);
        expect(fieldsOf(bytes, scan)).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  test('takes whole rows only, wherever the bytes end', () => {
    const rows = [
      [Buffer.from('ab'), null],
      [Buffer.of(), Buffer.from('c')],
      [null, null],
    ];
    const encoded = rows.map(dataRow);
    const bytes = Buffer.concat(encoded);
    const ends = encoded.map((_, i) => Buffer.concat(encoded.slice(0, i + 1)).length);
    for (let end = 0; end <= bytes.length; end++) {
      const scan = newRowScan(2);
      const whole = ends.filter((rowEnd) => rowEnd <= end).length;
      expect(scanRows(viewOf(bytes), 0, end, scan, 10)).toBe(whole === 0 ? 0 : ends[whole - 1]);
      expect(scan.rowCount).toBe(whole);
    }
  });

  test('stops at the limit and goes on from there with the rows so far', () => {
    const rows = Array.from({ length: 10 }, (_, i) => [Buffer.of(i)]);
    const bytes = Buffer.concat(rows.map(dataRow));
    const scan = newRowScan(1);
    let at = 0;
    for (let limit = 1; limit <= 10; limit++) {
      at = scanRows(viewOf(bytes), at, bytes.length, scan, limit);
      expect(scan.rowCount).toBe(limit);
    }
    expect(at).toBe(bytes.length);
    expect(fieldsOf(bytes, scan)).toEqual(rows);
    expect(scanRows(viewOf(bytes), 0, bytes.length, scan, 10)).toBe(0);
  });

  test('counts rows without columns', () => {
    const bytes = Buffer.concat([dataRow([]), dataRow([])]);
    expect(scanAll(bytes, 0)).toMatchObject({ rowCount: 2, next: bytes.length });
  });
});

describe('a row that contradicts itself is a WireError', () => {
  const row = dataRow([Buffer.from('abc'), null]);
  const withWord = (at: number, value: number): Buffer => {
    const bytes = Buffer.from(row);
    bytes.writeInt32BE(value, at);
    return Buffer.concat([bytes, row, row]);
  };

  test.each([
    ['another number of fields', message('D', int16(1), int32(-1))],
    ['more fields than 16 bits have as a signed number', message('D', int16(-1), int32(-1))],
    ['a message longer than its fields', withWord(1, row.length)],
    ['a message shorter than its fields', withWord(1, row.length - 2)],
    ['a message as short as its length word', withWord(1, 4)],
    ['a message of no length', withWord(1, 0)],
    ['a message of negative length', withWord(1, -1)],
    ['a message of the most negative length', withWord(1, -0x80000000)],
    ['a field longer than its message', withWord(7, 4)],
    ['a field shorter than its bytes', withWord(7, 2)],
    ['a field of the greatest length', withWord(7, 0x7fffffff)],
    ['a NULL that has bytes', withWord(7, -1)],
    ['a length below that of NULL', withWord(14, -2)],
    ['the most negative length', withWord(14, -0x80000000)],
  ])('%s', (_, bytes) => {
    expect(() => scanAll(bytes, 2)).toThrow(WireError);
  });

  test('but one that only claims to be long is waited for, as far as a server can make it', () => {
    expect(scanAll(withWord(1, 0x3fffffff), 2)).toMatchObject({ rowCount: 0, next: 0 });
    expect(() => scanAll(withWord(1, 0x40000000), 2)).toThrow(/1073741825 bytes/);
  });
});
