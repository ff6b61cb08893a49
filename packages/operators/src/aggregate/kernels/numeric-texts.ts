import { assert, FixedVector, VariableVector, type Vector } from '@millrace/batch';

const encoder = new TextEncoder();

/** A column of numerics as PostgreSQL's text of them, whichever of the two layouts of a numeric it has. */
export function numericTexts(vector: Vector): Pick<VariableVector, 'data' | 'offsets'> {
  if (vector instanceof VariableVector) return vector;
  assert(vector instanceof FixedVector && vector.type.kind === 'decimal', 'a numeric column');
  const texts: string[] = [];
  const offsets = new Int32Array(vector.length + 1);
  let end = 0;
  for (let row = 0; row < vector.length; row++) {
    const text = (vector.at(row) as string | null) ?? '';
    texts.push(text);
    end += text.length;
    offsets[row + 1] = end;
  }
  return { data: encoder.encode(texts.join('')), offsets };
}
