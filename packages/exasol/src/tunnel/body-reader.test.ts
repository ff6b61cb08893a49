import { expect, it } from 'vitest';
import { type Below, numbersOf, testSeed } from '../testing/seed.js';
import { ChunkedBody } from './body-reader.js';
import { Malformed } from './malformed.js';

/** The payload of a chunked body that is whole, by expressions; undefined for any other. */
function plainBody(text: string): string | undefined {
  let rest = text;
  let body = '';
  for (;;) {
    const [line, digits] = /^([0-9a-f]{1,13})(?:[ \t;][^\r]*)?\r\n/i.exec(rest) ?? [];
    if (line === undefined || digits === undefined) return undefined;
    rest = rest.slice(line.length);
    const size = Number.parseInt(digits, 16);
    if (size === 0) return /^(?:[^\r][^\n]*\n)*\r\n/.test(rest) ? body : undefined;
    if (rest.slice(size, size + 2) !== '\r\n') return undefined;
    body += rest.slice(0, size);
    rest = rest.slice(size + 2);
  }
}

/** The same by the reader, with the bytes cut at random; undefined when it ends in the middle, or is refused. */
function readBody(bytes: Uint8Array, below: Below): string | undefined {
  const reader = new ChunkedBody();
  let body = '';
  try {
    for (let from = 0; from < bytes.length; ) {
      const piece = bytes.subarray(from, from + 1 + below(12));
      from += piece.length;
      for (let at = 0; at < piece.length; ) {
        at = reader.read(piece, at);
        body += Buffer.from(piece.subarray(reader.from, reader.to)).toString('latin1');
        if (reader.ended) return body;
      }
    }
  } catch (error) {
    expect(error).toBeInstanceOf(Malformed);
  }
  return undefined;
}

function randomBody(below: Below): string {
  const chunks = Array.from({ length: below(4) }, () => {
    const payload = Array.from({ length: 1 + below(20) }, () => 'ab\r\n0;'[below(6)]).join('');
    const size = payload.length.toString(16);
    const extension = ['', '', ';x', ' ;y="1"', '\t'][below(5)];
    return `${below(2) ? size : `0${size.toUpperCase()}`}${extension}\r\n${payload}\r\n`;
  });
  const trailers = ['', '', 'A: b\r\n', 'A: b\r\nC: d\r\n'][below(4)];
  return `${chunks.join('')}${['0', '000', '0;x'][below(3)]}\r\n${trailers}\r\n`;
}

const seed = testSeed();

it(`takes whole bodies, and no damaged one for a whole one, seed ${seed}`, () => {
  const below = numbersOf(seed);
  let whole = 0;
  for (let round = 0; round < 20_000; round++) {
    let text = randomBody(below);
    for (let damage = below(3); damage > 0; damage--) {
      const at = below(text.length + 1);
      const put = ['', '0', '5', '\r', '\n', '\r\n', ';', 'x'][below(8)] as string;
      text = text.slice(0, at) + put + text.slice(at + below(3));
    }
    const expected = plainBody(text);
    if (expected !== undefined) whole++;
    const read = readBody(Buffer.from(text, 'latin1'), below);
    expect(read, `round ${round}: ${JSON.stringify(text)}`).toBe(expected);
  }
  expect(whole).toBeGreaterThan(5000);
  expect(whole).toBeLessThan(15_000);
});
