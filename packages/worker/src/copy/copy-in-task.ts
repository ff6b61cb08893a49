/**
 * A COPY … FROM STDIN, fed by the chunks of several `CopyOutTask`s as they come: all of them read at the same time, each as
 * far as its credits go. A chunk's credit goes back when the socket has taken it, so a server that is slow to take rows
 * slows down those that send them, and memory stays fixed.
 */
import { type CopyIn, readCopyChunk, StatementError } from '@millrace/postgres';
import { TaskCancelledError, toEnvelope } from '../error-envelope.js';
import { ExchangeReader } from '../exchange/exchange-reader.js';
import type { BatchMessage, CopyInTask, CopyMessage } from '../protocol.js';
import type { ShardTaskContext } from '../shard-task.js';
import { CopyConnection } from './copy-connection.js';

/** Code of a COPY that was stopped because it would move more than it may. */
export const COPY_LIMIT = 'MILLRACE_COPY_LIMIT';

interface Input {
  readonly reader: ExchangeReader;
  rowCount: number;
  byteCount: number;
  ended: boolean;
}

interface Arrived {
  readonly input: Input;
  readonly buffer: SharedArrayBuffer;
}

/** Runs a COPY to its end. What went wrong goes to the engine; the promise settles when the connection is free again. */
export function runCopyIn(task: CopyInTask, context: ShardTaskContext): Promise<void> {
  return new RunningCopyIn(task, context).run();
}

class RunningCopyIn {
  readonly #task: CopyInTask;
  readonly #connection: CopyConnection;
  readonly #inputs: readonly Input[];
  #waiting: Arrived[] = [];
  /** The input whose last chunk ended in the middle of a row: only its next one can follow. */
  #inRow: Input | undefined;
  #copy: CopyIn | undefined;

  constructor(task: CopyInTask, context: ShardTaskContext) {
    this.#task = task;
    this.#connection = new CopyConnection(task.shard, context);
    this.#inputs = task.inputs.map((port) => {
      const input: Input = {
        reader: new ExchangeReader(port, {
          described: () => undefined,
          batch: (message) => this.#onChunk(input, message),
          ended: () => this.#onEnded(input),
          // Its own word goes to the engine, as the reason.
          failed: () => this.#connection.stop(),
          lost: () => this.#connection.stop(),
        }),
        rowCount: 0,
        byteCount: 0,
        ended: false,
      };
      return input;
    });
    task.port.on('message', this.#cancel);
    task.port.on('close', this.#cancel);
  }

  async run(): Promise<void> {
    const { port, session, sql } = this.#task;
    let message: CopyMessage;
    try {
      const server = await this.#connection.acquire(session);
      const copy = server.copyIn(sql);
      await copy.begun;
      this.#copy = copy;
      this.#feed();
      const rowCount = await copy.done;
      await this.#connection.stopped();
      if (rowCount !== this.#rowCount)
        throw new StatementError(
          `COPY took ${rowCount} rows of ${this.#rowCount}`,
          'MILLRACE_COPY_COUNT',
        );
      message = { ...this.#moved, error: undefined };
    } catch (error) {
      await this.#connection.stopped();
      message = { ...this.#moved, error: toEnvelope(this.#connection.reason ?? error) };
    }
    for (const { reader } of this.#inputs) reader.close();
    port.off('close', this.#cancel);
    port.postMessage(message);
    port.close();
  }

  readonly #cancel = (): void => this.#connection.stop(new TaskCancelledError());

  get #rowCount(): number {
    return this.#inputs.reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  /** What has arrived so far. */
  get #moved(): { rowCount: number; byteCount: number } {
    const byteCount = this.#inputs.reduce((sum, input) => sum + input.byteCount, 0);
    return { rowCount: this.#rowCount, byteCount };
  }

  #onChunk(input: Input, { buffer, rowCount, byteCount }: BatchMessage): void {
    input.rowCount = rowCount;
    input.byteCount = byteCount;
    const { maxRows, maxBytes } = this.#task.limits;
    const moved = this.#moved;
    if (moved.rowCount > maxRows || moved.byteCount > maxBytes) {
      const limit = moved.rowCount > maxRows ? `${maxRows} rows` : `${maxBytes} bytes`;
      return this.#connection.stop(new StatementError(`More than ${limit} to copy`, COPY_LIMIT));
    }
    this.#waiting.push({ input, buffer });
    this.#feed();
  }

  #onEnded(input: Input): void {
    input.ended = true;
    this.#feed();
  }

  #feed(): void {
    const copy = this.#copy;
    if (copy === undefined) return;
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      const { input, buffer } = next;
      const { messages, endsWhole } = readCopyChunk(buffer);
      this.#inRow = endsWhole ? undefined : input;
      copy.write(messages, endsWhole, () => input.reader.credit(buffer));
    }
    if (this.#inputs.every(({ ended }) => ended)) copy.end();
  }

  /** The next chunk that may follow. */
  #take(): Arrived | undefined {
    const inRow = this.#inRow;
    if (inRow === undefined) return this.#waiting.shift();
    const next = this.#waiting.findIndex(({ input }) => input === inRow);
    return next < 0 ? undefined : this.#waiting.splice(next, 1)[0];
  }
}
