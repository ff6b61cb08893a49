import { describe, expect, it } from 'vitest';
import { parseLossless, quoteLongIntegers, writeLossless } from './lossless-json.js';

describe('parseLossless', () => {
  it.each([
    ['{"sessionId":1847489584543301632}', { sessionId: '1847489584543301632' }],
    [
      '[-1234567890123456, 12 ,\n99999999999999999999]',
      ['-1234567890123456', 12, '99999999999999999999'],
    ],
    ['[123456789012345]', [123456789012345]],
    ['{"a":[[1234567890123456],["x"]]}', { a: [['1234567890123456'], ['x']] }],
    [
      '[1234567890123456.5,1e20,12345678901234500e2]',
      [1234567890123456.5, 1e20, 1.23456789012345e18],
    ],
    ['[",1234567890123456,",1234567890123456]', [',1234567890123456,', '1234567890123456']],
    ['["\\",1234567890123456,",1]', ['",1234567890123456,', 1]],
    ['["\\\\",1234567890123456]', ['\\', '1234567890123456']],
    ['["[1234567890123456]",":1234567890123456}"]', ['[1234567890123456]', ':1234567890123456}']],
    ['{",1234567890123456,":1234567890123456}', { ',1234567890123456,': '1234567890123456' }],
    ['""', ''],
  ])('reads %s', (text, value) => {
    expect(parseLossless(text)).toEqual(value);
  });

  it('gives text without long integers back as it is', () => {
    const text = '{"a":[1,"1234567890123456",null,true]}';
    expect(quoteLongIntegers(text)).toBe(text);
  });

  it('throws as JSON.parse does', () => {
    expect(() => parseLossless('[1234567890123456')).toThrow(SyntaxError);
    expect(() => parseLossless('["1234567890123456,')).toThrow(SyntaxError);
  });

  // Oracle: a value is written by a naive writer, and read back. Exhaustive over short sequences of awkward pieces.
  it('agrees with a naive reading for every mixture of pieces', () => {
    const pieces: readonly (string | bigint | number)[] = [
      'a',
      ',1234567890123456,',
      '\\',
      '"',
      '[9876543210987654321]',
      1234567890123456789n,
      7,
    ];
    for (const first of pieces) {
      for (const second of pieces) {
        for (const third of pieces) {
          const row = [first, second, third];
          const expected = row.map((piece) => (typeof piece === 'bigint' ? `${piece}` : piece));
          expect(parseLossless(writeLossless(row))).toEqual(expected);
          expect(parseLossless(writeLossless({ a: [row, row] }))).toEqual({
            a: [expected, expected],
          });
        }
      }
    }
  });
});

describe('writeLossless', () => {
  it('writes what JSON.stringify writes, and long integers bare', () => {
    const plain = { a: 1, b: ['x"\n', null, true, 1.5], c: {}, d: undefined };
    expect(writeLossless(plain)).toBe(JSON.stringify(plain));
    expect(writeLossless({ data: [[2n ** 63n], [-1n]] })).toBe(
      '{"data":[[9223372036854775808],[-1]]}',
    );
  });
});
