import { batchBuilderSuite } from './batch-builder-suite.js';
import { benchKernelsSuite } from './bench-kernels-suite.js';
import type { MicroSuite } from './micro-bench.js';

/** Every file of micro benches. Adding one is a file and a line here. */
export const microSuites: readonly MicroSuite[] = [batchBuilderSuite, benchKernelsSuite];
