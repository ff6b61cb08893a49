import { assert, BitVector, FixedVector, isPresent, type Vector } from '@millrace/batch';

/** The values of a vector as 32-bit words: the memory itself, or for narrow types (bool, int16) a copy, a word each. */
export function wordsOfVector(vector: Vector): Int32Array {
  if (vector instanceof BitVector) {
    const words = new Int32Array(vector.length);
    for (let row = 0; row < words.length; row++)
      words[row] = Number(isPresent(vector.values, 0, row));
    return words;
  }
  assert(vector instanceof FixedVector, 'the values have a fixed width', vector.type.kind);
  if (vector.type.kind === 'int16') return Int32Array.from(vector.values as Int16Array);
  const { buffer, byteOffset, byteLength } = vector.values;
  return new Int32Array(buffer, byteOffset, byteLength >> 2);
}
