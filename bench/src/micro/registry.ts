import { batchBuilderSuite } from './batch-builder-suite.js';
import { benchKernelsSuite } from './bench-kernels-suite.js';
import { csvSuite } from './csv-suite.js';
import { decodeSuite } from './decode-suite.js';
import { exchangeSuite } from './exchange-suite.js';
import type { MicroSuite } from './micro-bench.js';

/** Every file of micro benches. Adding one is a file and a line here. */
export const microSuites: readonly MicroSuite[] = [
  decodeSuite,
  csvSuite,
  batchBuilderSuite,
  exchangeSuite,
  benchKernelsSuite,
];
