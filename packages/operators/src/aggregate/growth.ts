type Numbers = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** The array if it has room for `length` values, or else a copy of twice the size; the new values are 0. */
export function grown<T extends Numbers>(array: T, length: number): T {
  if (array.length >= length) return array;
  const room = Math.max(length, array.length * 2, 16);
  const copy = new (array.constructor as new (length: number) => T)(room);
  copy.set(array);
  return copy;
}
