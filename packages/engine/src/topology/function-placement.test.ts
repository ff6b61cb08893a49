import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { NONDETERMINISTIC, samplePlacement as place } from '../testing/sample-placement.js';

describe('by a function', () => {
  test.each([
    ['int4', '7', 7],
    ['int8', '7', '7'],
    ['bool', 'true', true],
    ['float8', '1.50', 1.5],
    ['text', 'x', 'x'],
    ['uuid', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['bytea', '\\xFF', Buffer.of(255)],
    ['date', '2001-02-03', new Date(2001, 1, 3)],
    ['timestamptz', '2001-02-03 04:05:06+00', new Date(Date.UTC(2001, 1, 3, 4, 5, 6))],
    ['timestamp', 'infinity', Number.POSITIVE_INFINITY],
  ])('it gets a %s as pg gives it', (type, text, value) => {
    const seen: unknown[] = [];
    const { shardOf } = place((key: unknown) => seen.push(key), type);
    expect(shardOf([text])).toBe(1);
    expect(seen).toEqual([value]);
  });

  test('it gets a list for a key of several columns, and NULL as null', () => {
    const seen: unknown[] = [];
    const { shardOf } = place((key: unknown) => seen.push(key), 'int4', 'text');
    expect(shardOf(['1', null])).toBe(1);
    expect(seen).toEqual([[1, null]]);
  });

  test('what is no index of a shard, or thrown, is an error that names the table', () => {
    for (const gives of [3, -1, 1.5, Number.NaN, '1', undefined]) {
      const { shardOf } = place(() => gives as number, 'int4');
      expect(() => shardOf(['1'])).toThrow(ConfigurationError);
      expect(() => shardOf(['1'])).toThrow(/tables\.t\.by gave .*0 to 2/);
    }
    const { shardOf } = place(() => {
      throw new Error('no such place');
    }, 'int4');
    expect(() => shardOf(['1'])).toThrow(/tables\.t\.by failed: .*no such place/);
  });

  test('it is not asked where equal values may be different ones for it', () => {
    for (const type of ['numeric', 'bpchar', 'float4', 'mood', NONDETERMINISTIC])
      expect(place(() => 0, type).prunable).toBe(false);
    expect(place(() => 0, 'int4').shardOf(['1.0'])).toBeUndefined();
  });
});
