/**
 * Errors by whose fault it is: the statement (`SqlError`), what we do not answer (`UnsupportedError`), a shard
 * (`ShardError`), the merge of what shards gave (`MergeError`), the caller's cancel (`CancelledError`, `TimeoutError`), how the engine was set up
 * (`ConfigurationError`). `code` is the SQLSTATE where a server spoke, else a `MILLRACE_…` word.
 */
import type { ServerErrorFields } from '@millrace/postgres';

export abstract class MillraceError extends Error {
  readonly code: string;

  constructor(message: string, code: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The statement, or one of its parameters, is wrong. Has all fields that `pg` gives its errors. */
export class SqlError extends MillraceError {
  /** Name of the shard that said so first; undefined where no shard was asked. */
  readonly shard: string | undefined;
  readonly severity: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** 1-based position in the statement, in characters. */
  readonly position: string | undefined;
  readonly internalPosition: string | undefined;
  readonly internalQuery: string | undefined;
  readonly where: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly dataType: string | undefined;
  readonly constraint: string | undefined;
  readonly file: string | undefined;
  readonly line: string | undefined;
  readonly routine: string | undefined;

  constructor(fields: ServerErrorFields, options: { shard?: string; cause?: unknown } = {}) {
    super(
      fields.message,
      fields.code,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.shard = options.shard;
    this.severity = fields.severity;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.position = fields.position;
    this.internalPosition = fields.internalPosition;
    this.internalQuery = fields.internalQuery;
    this.where = fields.where;
    this.schema = fields.schema;
    this.table = fields.table;
    this.column = fields.column;
    this.dataType = fields.dataType;
    this.constraint = fields.constraint;
    this.file = fields.file;
    this.line = fields.line;
    this.routine = fields.routine;
  }
}

/** Valid SQL that is not answered: better no answer than a wrong one. */
export class UnsupportedError extends MillraceError {
  /** The part of the statement that stands in the way. */
  readonly clause: string;
  /** 1-based position of the clause in the statement; undefined where it is the whole. */
  readonly position: number | undefined;
  /** What works instead. */
  readonly hint: string;

  constructor(
    message: string,
    details: { clause: string; hint: string; position?: number; cause?: unknown },
  ) {
    super(
      message,
      'MILLRACE_UNSUPPORTED',
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.clause = details.clause;
    this.hint = details.hint;
    this.position = details.position;
  }
}

/** A shard could not be reached, was lost, or is not like the others. `cause` is what it said. */
export class ShardError extends MillraceError {
  readonly shard: string;

  constructor(shard: string, message: string, details: { code: string; cause?: unknown }) {
    super(
      `Shard '${shard}': ${message}`,
      details.code,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.shard = shard;
  }
}

/**
 * The shards have answered, but their answers did not become one: the worker thread that merged them ended, or there is an
 * error of ours in it.
 */
export class MergeError extends MillraceError {
  constructor(message: string, details: { code: string; cause?: unknown }) {
    super(
      message,
      details.code,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
  }
}

/**
 * A transaction over several shards was not committed on all of them. There is no two-phase commit: what is `committed`
 * stays so. `shard` and `cause` are those of the first shard that failed.
 */
export class CommitError extends ShardError {
  /** Names of the shards on which the transaction is committed. */
  readonly committed: readonly string[];
  /** Shards on which nothing of it is. */
  readonly notCommitted: readonly string[];
  /** Shards that were lost while they committed: only a look at their data can tell. */
  readonly unknown: readonly string[];

  /** @param message what the shard said; its name may stand before it already */
  constructor(
    shard: string,
    message: string,
    details: {
      code: string;
      cause: unknown;
      committed: readonly string[];
      notCommitted: readonly string[];
      unknown: readonly string[];
    },
  ) {
    const { committed, notCommitted, unknown } = details;
    const list = (what: string, shards: readonly string[]): string =>
      shards.length === 0 ? '' : `; ${what} ${shards.map((name) => `'${name}'`).join(', ')}`;
    const isNowhere = committed.length + unknown.length === 0;
    const committedText = isNowhere ? '; committed nowhere' : list('committed on', committed);
    const prefix = `Shard '${shard}': `;
    const said = message.startsWith(prefix) ? message.slice(prefix.length) : message;
    super(
      shard,
      `${said}${committedText}${list('not committed on', notCommitted)}${list('not known of', unknown)}`,
      details,
    );
    this.committed = committed;
    this.notCommitted = notCommitted;
    this.unknown = unknown;
  }
}

/** The caller's AbortSignal, or `close()`. `cause` is the signal's reason. */
export class CancelledError extends MillraceError {
  constructor(message: string, cause?: unknown) {
    super(message, 'MILLRACE_CANCELLED', cause === undefined ? undefined : { cause });
  }
}

/** A time the caller set was over. */
export class TimeoutError extends MillraceError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, 'MILLRACE_TIMEOUT', options);
  }
}

/** The engine was set up, or called, in a way that cannot work. */
export class ConfigurationError extends MillraceError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, 'MILLRACE_CONFIGURATION', options);
  }
}
