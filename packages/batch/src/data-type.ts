/**
 * The column types of a batch. Each has exactly one physical layout (`layout.ts`) and is Arrow's type of the same name,
 * so that a batch can be read by any Arrow implementation without copying.
 *
 * Values that Arrow has no room for are kept in band, at bit patterns that no ordinary value has:
 *
 * | type      | value       | pattern                                                                |
 * | --------- | ----------- | ---------------------------------------------------------------------- |
 * | decimal   | NaN         | the smallest 128-bit integer (a precision of 38 ends far above it)     |
 * | date      | ±infinity   | the largest and smallest 32-bit integer                                |
 * | timestamp | ±infinity   | the largest and smallest 64-bit integer                                |
 * | timestamp | after 294246 | wrapped around, below every other but -infinity: less than -2^58       |
 *
 * (Two timestamps of PostgreSQL's, 294247-01-10 04:00:54.775807 and .775808, fall on the patterns of infinity.)
 *
 * A vector with such values says so (`Vector.hasSpecial`), and conversion to Arrow refuses it by name.
 */
export type DataType =
  | { readonly kind: 'bool' }
  | { readonly kind: 'int16' }
  | { readonly kind: 'int32' }
  | { readonly kind: 'uint32' }
  /** 64-bit integer, little-endian. */
  | { readonly kind: 'int64' }
  | { readonly kind: 'float32' }
  | { readonly kind: 'float64' }
  /** 128-bit two's complement integer, little-endian, times 10^-scale. `precision` is 1 to 38, `scale` 0 to precision. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Days since 1970-01-01, 32-bit. */
  | { readonly kind: 'date' }
  /** Microseconds since 1970-01-01 00:00, 64-bit; of UTC when `utc`, of an unnamed local calendar otherwise. */
  | { readonly kind: 'timestamp'; readonly utc: boolean }
  /** 16 bytes. */
  | { readonly kind: 'uuid' }
  | { readonly kind: 'utf8' }
  | { readonly kind: 'binary' };

/** Whether two types are the same, parameters included. */
export function sameType(a: DataType, b: DataType): boolean {
  return typeName(a) === typeName(b);
}

/** A name for people: `decimal(12,2)`, `timestamp(utc)`, `int32`. */
export function typeName(type: DataType): string {
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  if (type.kind === 'timestamp') return type.utc ? 'timestamp(utc)' : 'timestamp';
  return type.kind;
}

/**
 * The high word of timestamps that have wrapped around is less than this: 2^58 µs before 1970, where no calendar of a
 * database begins (PostgreSQL's does in 4714 BC).
 */
export const WRAPPED_HIGH = -0x04000000;
