/** The `millrace` command, for programs that run it in their own process. */
export { runMillrace } from './run-millrace.js';
export type { Surroundings } from './surroundings.js';
