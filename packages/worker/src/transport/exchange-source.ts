import { Batch } from '@millrace/batch';
import { type ByteSource, csvOfBatches } from '@millrace/exasol';
import { ExchangeReader } from '../exchange/exchange-reader.js';
import { PieceQueue } from './piece-queue.js';
import { PieceStreamError } from './pieces.js';
import type { SourceEnd } from './source-end.js';
import type { TransportSource } from './transport.js';

/** Batches of a shard's task, written as CSV here: nobody between the two threads has them in hand. */
export class ExchangeSource implements SourceEnd {
  readonly source: ByteSource;
  readonly #reader: ExchangeReader;
  readonly #queue = new PieceQueue<SharedArrayBuffer>();
  readonly #schema: Extract<TransportSource, { kind: 'exchange' }>['schema'];
  #rowCount = 0;

  constructor({ port, schema, dialect }: Extract<TransportSource, { kind: 'exchange' }>) {
    this.#schema = schema;
    this.#reader = new ExchangeReader(port, {
      batch: ({ buffer }) => this.#queue.push(buffer, () => undefined),
      ended: () => this.#queue.end(),
      // Why, its own task tells.
      lost: () => this.#queue.end(new PieceStreamError('the batches broke off')),
    });
    this.source = csvOfBatches(this.#batches(), { dialect });
  }

  rowCount(): number {
    return this.#rowCount;
  }

  /** Whoever sends the batches takes it that they are not wanted any more. */
  stop(error: unknown): void {
    this.#queue.end(error ?? new Error('stopped'));
    this.#reader.close();
  }

  async *#batches(): AsyncGenerator<Batch, void, undefined> {
    for await (const buffer of this.#queue) {
      const batch = new Batch(this.#schema, buffer, {
        release: (read) => this.#reader.credit(read),
      });
      this.#rowCount += batch.rowCount;
      yield batch;
    }
  }
}
