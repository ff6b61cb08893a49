import type { AggregateFunction } from '../aggregate-function.js';

/** Bit by bit, over integers or bit strings: in any order the same. */
export const bitAnd: AggregateFunction = bits('bit_and', 'and');
export const bitOr: AggregateFunction = bits('bit_or', 'or');
export const bitXor: AggregateFunction = bits('bit_xor', 'xor');

function bits(name: string, kernel: string): AggregateFunction {
  return {
    names: [name],
    split({ argumentTypes: [type = ''] }) {
      return {
        partials: [`${name}(a0)`],
        finalSql: `${name}(p0)`,
        // Bit strings travel as text.
        kernel: type === 'int2' || type === 'int4' || type === 'int8' ? kernel : undefined,
      };
    },
  };
}
