/**
 * One COPY under way: from several shards into a table on one server. The first failure stops it everywhere, and is its
 * outcome; a task that was stopped by another one's failure says nothing of its own.
 */
import type { MessagePort } from 'node:worker_threads';
import { COPY_LIMIT, type CopyMessage } from '@millrace/worker';
import { UnsupportedError } from '../errors.js';
import type { Shard } from '../topology/shards.js';
import { deferred } from './deferred.js';
import { taskError, threadLost } from './task-failure.js';

/** How much has been copied. Bytes are those on the wire: five more a row than its text. */
export interface CopyResult {
  readonly rows: number;
  readonly bytes: number;
}

/** A statement would have to move more than it may. */
export class CopyLimitError extends UnsupportedError {
  /** What had been moved when it was stopped; the whole is more. */
  readonly rows: number;
  readonly bytes: number;

  constructor(message: string, { rows, bytes }: CopyResult) {
    super(`${message}; stopped after ${rows} rows, ${bytes} bytes`, {
      clause: 'statement',
      hint: 'have the statement read less of its sharded tables, or allow more',
    });
    this.rows = rows;
    this.bytes = bytes;
  }
}

/** A task of a COPY, and where its last word comes. */
export interface CopyPart {
  readonly shard: Shard;
  readonly port: MessagePort;
}

interface PartState extends CopyPart {
  message: CopyMessage | undefined;
  over: boolean;
}

/** A COPY that has failed waits so long, at most, until it has stopped everywhere. */
const SETTLE_MS = 1_000;

export class CopyRun {
  readonly #parts: readonly PartState[];
  readonly #done = deferred<CopyResult>();
  readonly #settled = deferred<void>();
  #error: Error | undefined;

  /** @param parts those that read, then the one that they feed */
  constructor(parts: readonly CopyPart[]) {
    this.#parts = parts.map((part) => ({ ...part, message: undefined, over: false }));
    for (const part of this.#parts)
      part.port.on('message', (message: CopyMessage) => this.#onMessage(part, message));
    // Whoever stops it knows already.
    this.#done.promise.catch(() => undefined);
  }

  /**
   * How much was copied.
   *
   * @throws CopyLimitError, SqlError, ShardError, and what `fail` was given
   */
  done(): Promise<CopyResult> {
    return this.#done.promise;
  }

  /** Settles when nothing of it is under way any more. */
  settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Stops it everywhere. */
  fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    for (const { port, over } of this.#parts) if (!over) port.postMessage('cancel');
    void this.#stopped().then(() => this.#done.reject(error));
  }

  /** The task of a part has settled on its thread. One without a last word never started, or its thread has died. */
  taskSettled(index: number, { failed }: { failed: boolean }): void {
    const part = this.#parts[index] as PartState;
    if (!failed || part.over) return;
    this.fail(threadLost(part.shard));
    this.#end(part);
  }

  #onMessage(part: PartState, message: CopyMessage): void {
    part.message = message;
    const { error } = message;
    // What another one's failure has stopped is told by that one.
    if (error !== undefined && error.kind !== 'cancelled') this.fail(copyError(part, message));
    this.#end(part);
  }

  #end(part: PartState): void {
    if (part.over) return;
    part.over = true;
    part.port.close();
    if (!this.#parts.every(({ over }) => over)) return;
    this.#settled.resolve();
    const { rowCount: rows = 0, byteCount: bytes = 0 } = this.#parts.at(-1)?.message ?? {};
    const failed = this.#parts.find(({ message }) => message?.error !== undefined);
    if (failed !== undefined) this.fail(copyError(failed, failed.message as CopyMessage));
    else this.#done.resolve({ rows, bytes });
  }

  async #stopped(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLE_MS);
    });
    await Promise.race([this.#settled.promise, late]);
    clearTimeout(timer);
  }
}

function copyError({ shard }: CopyPart, { error, rowCount, byteCount }: CopyMessage): Error {
  const envelope = error as NonNullable<typeof error>;
  if (envelope.code === COPY_LIMIT)
    return new CopyLimitError(envelope.message, { rows: rowCount, bytes: byteCount });
  return taskError(shard, { error: envelope, server: 0 });
}
