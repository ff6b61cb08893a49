/** Bytes as a broken network, or a hostile server, makes them. For the tests of this package. */

/** A byte or a word made another, bytes left out or put in, the end cut off, or a piece that comes twice. */
export const DAMAGE_KINDS = ['byte', 'word', 'remove', 'insert', 'cut', 'repeat'] as const;

/** Numbers that lengths, counts and types are made of, and that lie about them. */
export const DAMAGE_VALUES: readonly number[] = [
  ...[0, 1, 4, 5, 6, 7, -1, -2, 0x44, 0x5a, 0x00ffffff],
  ...[0x3fffffff, 0x71000000, 0x7fffffff, -0x80000000],
];

export interface Damage {
  readonly kind: (typeof DAMAGE_KINDS)[number];
  /** Where, from 0 to 1. */
  readonly place: number;
  readonly value: number;
}

export function damaged(bytes: Buffer, { kind, place, value }: Damage): Buffer {
  const at = Math.floor(place * bytes.length);
  const copy = Buffer.from(bytes);
  const [before, after] = [copy.subarray(0, at), copy.subarray(at)];
  switch (kind) {
    case 'byte':
      if (at < copy.length) copy.writeUInt8(value & 0xff, at);
      return copy;
    case 'word':
      if (at + 4 <= copy.length) copy.writeInt32BE(value, at);
      return copy;
    case 'remove':
      return Buffer.concat([before, after.subarray(value & 7)]);
    case 'insert':
      return Buffer.concat([before, Buffer.of(value & 0xff), after]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, value & 0xff), after]);
    case 'cut':
      return before;
  }
}
