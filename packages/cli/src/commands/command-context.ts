import type { CallOptions, ConnectOptions } from '@millrace/engine';
import type { Surroundings } from '../surroundings.js';
import type { StatementText } from './statement.js';

/** All that a command was told. */
export interface CommandContext {
  readonly statement: StatementText;
  readonly database: ConnectOptions;
  /** Mode and time of the call. */
  readonly call: Pick<CallOptions, 'mode' | 'timeoutMs'>;
  readonly surroundings: Surroundings;
}
