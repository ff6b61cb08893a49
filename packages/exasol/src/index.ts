/** Exasol as a source and a sink of columns. */
export { ExasolError } from './errors.js';
