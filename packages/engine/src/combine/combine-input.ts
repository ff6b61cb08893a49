/**
 * One stream on its way into the merge. A batch is the stream's again when the next one is asked for, so the next one is asked
 * for when the merge has given this one back: rows are read where they lie, and each stream keeps its own number of batches
 * ahead in its threads.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Batch, type Schema } from '@millrace/batch';
import { ExchangeWriter } from '@millrace/worker';
import { ConfigurationError } from '../errors.js';
import { checkAgreement, type StreamColumns } from './column-agreement.js';
import { endStream } from './stream-ending.js';

export class CombineInput {
  /** The merge's end. */
  readonly port: MessagePort;
  readonly #index: number;
  readonly #stream: AsyncIterable<Batch>;
  readonly #iterator: AsyncIterator<Batch>;
  readonly #writer: ExchangeWriter;
  #first: Batch | undefined;
  #isWanted = true;
  #isAsked = false;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(stream: AsyncIterable<Batch>, index: number) {
    const { port1, port2 } = new MessageChannel();
    this.port = port2;
    this.#index = index;
    this.#stream = stream;
    this.#iterator = stream[Symbol.asyncIterator]();
    const exchange = { port: port1, credits: 1 };
    this.#writer = new ExchangeWriter(exchange, {
      credit: () => this.#wake?.(),
      cancel: () => {
        this.#isWanted = false;
        this.#wake?.();
      },
    });
  }

  /** Starts the stream. The columns of its first batch; undefined when it has none. */
  async open(): Promise<Schema | undefined> {
    this.#first = await this.#next();
    return this.#first?.schema;
  }

  /**
   * Gives the merge all batches, until it wants no more.
   *
   * @param opened what `open` gave
   * @throws ConfigurationError for other columns than the first stream's; what the stream throws
   */
  async feed(opened: Promise<Schema | undefined>, columns: StreamColumns): Promise<void> {
    await opened;
    let rowCount = 0;
    let byteCount = 0;
    for (let batch = this.#first; batch !== undefined; batch = await this.#next()) {
      checkAgreement(columns, { stream: this.#index, schema: batch.schema });
      if (!this.#isWanted) return;
      rowCount += batch.rowCount;
      byteCount += batch.byteLength;
      this.#writer.put(batch.buffer, { rowCount, byteCount });
      while (!this.#writer.ready() && this.#isWanted) await this.#event();
      if (!this.#isWanted) return;
    }
    const completion = { tag: `SELECT ${rowCount}`, rowCount, byteCount };
    this.#writer.finish({ kind: 'ended', completion, firstRowMs: undefined, totalMs: 0 });
  }

  /** Ends the stream. The merge must not read any more: the last batch goes back. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    this.#wake?.();
    this.#writer.abandon();
    if (this.#isOver) return;
    const isOurs = endStream(this.#stream);
    // What went wrong first has been told, or nobody wanted more.
    const returned = this.#iterator.return?.().catch(() => undefined);
    // A stream that is not ours may take its time with the batch that it was asked for.
    if (isOurs || !this.#isAsked) await returned;
  }

  async #next(): Promise<Batch | undefined> {
    this.#isAsked = true;
    try {
      const { done, value } = await this.#iterator.next();
      if (done === true) {
        this.#isOver = true;
        return undefined;
      }
      if (value instanceof Batch) return value;
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#isAsked = false;
    }
    throw new ConfigurationError(
      `combineStreams: stream ${this.#index} gave something that is no batch`,
    );
  }

  #event(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
