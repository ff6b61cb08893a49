import { describe, expect, it } from 'vitest';
import { ExasolOptionError } from '../errors.js';
import { type DsnHost, parseDsn } from './parse-dsn.js';

const A = 'a'.repeat(64);
const C = 'C'.repeat(64);

const written = (dsn: string): string[] =>
  parseDsn(dsn).map(({ host, port, fingerprint }: DsnHost) =>
    [host, port, fingerprint?.slice(0, 3)].filter((word) => word !== undefined).join(' '),
  );

describe('parseDsn', () => {
  it.each([
    ['localhost', ['localhost 8563']],
    ['myexa1..4:8564', ['myexa1 8564', 'myexa2 8564', 'myexa3 8564', 'myexa4 8564']],
    ['h08..11.lan', ['h08.lan 8563', 'h09.lan 8563', 'h10.lan 8563', 'h11.lan 8563']],
    ['10.0.0.11..12', ['10.0.0.11 8563', '10.0.0.12 8563']],
    ['10.0.0.9..10', ['10.0.0.9 8563', '10.0.0.10 8563']],
    ['a..b7..7', null],
    ['exa7..7', ['exa7 8563']],
    [' a , b:1 ,,c', ['a 1', 'b 1', 'c 8563']],
    ['a:1,b,c:3', ['a 1', 'b 3', 'c 3']],
    ['a:,b:5', ['a 5', 'b 5']],
    [
      `127.0.0.10..11/${A},127.0.0.20,localhost/${C}:8564`,
      ['127.0.0.10 8564 AAA', '127.0.0.11 8564 AAA', '127.0.0.20 8564 CCC', 'localhost 8564 CCC'],
    ],
    ['x/nocertcheck:7', ['x 7 NOC']],
    ['x/NoCertCheck', ['x 8563 NOC']],
    [`a/${A},b`, ['a 8563 AAA', 'b 8563']],
  ])('reads %s', (dsn, expected) => {
    if (expected === null) {
      expect(() => parseDsn(dsn)).toThrow(ExasolOptionError);
    } else {
      expect(written(dsn)).toEqual(expected);
    }
  });

  it.each([
    ['', /dsn: the connection string is empty/],
    ['  ', /is empty/],
    [',,', /names no host/],
    ['exa4..1', /in the part 'exa4\.\.1', the range 4\.\.1 ends before it begins/],
    ['exa1..99999999', /more than 10000 hosts/],
    ['a,b:99999,c', /in the part 'b:99999', '99999' is no port/],
    ['b:0', /no port/],
    ['b:x', /'x' is no port/],
    ['b/12', /'12' is no fingerprint/],
    [`b:8563/${A}`, /must look like/],
    [':8563', /must look like/],
    ['exa{1..3}', /is no name of a host/],
    ['exa 1', /is no name of a host/],
    ["exa'1", /is no name of a host/],
    ['wss://exa', /must look like/],
  ])('refuses %s and says where', (dsn, message) => {
    expect(() => parseDsn(dsn)).toThrow(ExasolOptionError);
    expect(() => parseDsn(dsn)).toThrow(message);
  });

  it('refuses a fingerprint where nothing is encrypted', () => {
    expect(() => parseDsn(`a/${A}`, false)).toThrow(/encryption is off/);
    expect(() => parseDsn('a/nocertcheck', false)).toThrow(/encryption is off/);
    expect(parseDsn('a', false)).toHaveLength(1);
  });
});
