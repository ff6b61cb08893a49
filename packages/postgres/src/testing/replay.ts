/** What a connection makes of a server's recorded bytes, whatever was done to them. For the tests of this package. */
import type { StatementDescription } from '../describe-statement.js';
import { ConnectionError, ServerError, StatementError } from '../errors.js';
import { ResultReader } from '../result-reader.js';
import { StaleDescriptionError } from '../run-statement.js';
import { fingerprint } from './naive-decoder.js';
import { CollectingSink } from './result-columns.js';
import { scriptedConnection } from './scripted-feed.js';

export interface Outcome {
  /** 'done', or the name of the error that it ended with. */
  readonly end: string;
  /** Rows that were delivered, as text; of a description, all of it. */
  readonly seen: string;
  readonly message: string;
  /** How a run says it has ended. */
  readonly tag: string | undefined;
  /** Bytes of the wire at its largest. */
  readonly capacity: number;
}

export interface Replay {
  readonly kind: 'describe' | 'run' | 'command';
  /** Of the statement: what 'run' goes by. */
  readonly description: StatementDescription;
  /** Bytes of each arrival. Default: all at once. */
  readonly pieceBytes?: () => number;
  readonly maxRows?: number;
}

const LIMITS = { maxRows: 1000, maxBytes: 4096 };

/**
 * Has the bytes arrive at a connection that has just asked, and the connection lost after them: so that whatever was waited
 * for ends. An error that is none of this package's is thrown.
 */
export async function replay(bytes: Buffer, options: Replay): Promise<Outcome> {
  const { description, kind, maxRows = LIMITS.maxRows } = options;
  const { pieceBytes = () => bytes.length } = options;
  const { connection, feed } = scriptedConnection();
  const reader = new ResultReader(description.columns, { ...LIMITS, maxRows });
  const sink = new CollectingSink();
  sink.schema = reader.schema;
  sink.verify = false;
  const asked: Promise<unknown> =
    kind === 'describe'
      ? connection.describe('select')
      : kind === 'command'
        ? connection.command('set')
        : connection.run({ sql: 'select', parameters: [], description, reader, sink });
  const outcome = asked.then(
    (value) => ({ end: 'done', value, message: '' }),
    (error: Error) => ({ end: nameOf(error), value: undefined, message: error.message }),
  );
  let capacity = feed.capacity;
  for (let at = 0; at < bytes.length && !feed.destroyed; ) {
    const next = at + Math.max(1, pieceBytes());
    feed.arrive(bytes.subarray(at, next));
    capacity = Math.max(capacity, feed.capacity);
    at = next;
  }
  feed.lose();
  const { end, value, message } = await outcome;
  const seen = kind === 'describe' ? JSON.stringify(value ?? '') : fingerprint(sink.rows);
  const { tag } = (value ?? {}) as { tag?: string };
  return { end, seen, message, tag, capacity };
}

/** @throws the error itself, when it is none that a connection may end with */
function nameOf(error: Error): string {
  const known = [ConnectionError, ServerError, StatementError, StaleDescriptionError];
  if (!known.some((kind) => error instanceof kind)) throw error;
  if ((error as { code?: unknown }).code === 'MILLRACE_INTERNAL') throw error;
  return error.name;
}
