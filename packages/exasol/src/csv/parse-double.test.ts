import { expect, it } from 'vitest';
import { numbersOf, testSeed } from '../testing/seed.js';
import { parseDouble } from './parse-double.js';

function parsed(text: string): number {
  return parseDouble(Buffer.from(`,${text},`), 1, text.length + 1);
}

const seed = testSeed();

it(`gives the double that Number gives, seed ${seed}`, () => {
  const below = numbersOf(seed);
  const bits = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 100_000; i++) {
    const digits = Array.from({ length: 1 + below(21) }, () => below(10)).join('');
    const place = below(digits.length + 1);
    bits.setUint32(0, below(2 ** 32));
    bits.setUint32(4, below(2 ** 32));
    const any = bits.getFloat64(0);
    const texts = [
      `${digits.slice(0, place)}.${digits.slice(place)}`,
      `-${digits}e${below(60) - 30}`,
      Number.isFinite(any) ? String(any) : '1',
      String(below(2 ** 32) / 2 ** 32),
      `${(below(2 ** 32) * 2 ** 21 + below(2 ** 21)) / 10 ** below(18)}`,
    ];
    for (const text of texts) {
      if (!Object.is(parsed(text), Number(text))) expect(text).toBe(`${parsed(text)}`);
    }
  }
});

it('rounds to even between two doubles, and away from the middle', () => {
  // 2^53 + 1 lies in the middle between two doubles.
  for (const text of [
    '9007199254740993',
    '9007199254740993.0',
    '9007199254740993.1',
    '9007199254740992.9',
    '900719925474099.3e1',
    '9007199254740995',
    '0.9007199254740993e16',
    '5e-324',
    '2.2250738585072011e-308',
    '1.7976931348623159e308',
    '1e400',
    '-0',
    '0.000000000000000000000000000001',
    '1e-100000000000',
  ])
    expect(Object.is(parsed(text), Number(text)), text).toBe(true);
});
