import { touchColumns } from '../checksum/column-touch.js';
import { hashBytes, hashInt32, hashLanes } from '../checksum/hash-lanes.js';
import type { MicroBench } from './micro-bench.js';

/** The bench's own kernels: what touching and hashing a value costs a timed or a verifying run. */
export function benchKernelsSuite(small: boolean): readonly MicroBench[] {
  const count = small ? 1_000 : 100_000;
  const values = Int32Array.from({ length: count }, (_, index) => index * 2_654_435_761);
  const text = new TextEncoder().encode('9f86d081884c7d'.repeat(count));
  const view = { rowCount: count, validity: undefined, values, offsets: undefined };
  const out = hashLanes();
  return [
    bench('touch an int32', count, () => touchColumns([view])),
    bench('hash an int32', count, () => {
      for (let index = 0; index < count; index++) hashInt32(values[index] as number, out);
      return out[0] as number;
    }),
    bench('hash 14 bytes of text', count, () => {
      for (let index = 0; index < count; index++) hashBytes(text, index * 14, index * 14 + 14, out);
      return out[0] as number;
    }),
  ];
}

function bench(name: string, units: number, run: () => number): MicroBench {
  return { name, stage: 'bench', units, unit: 'value', run };
}
