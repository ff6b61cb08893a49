/** Where the bytes of a tunnel go: one class for each kind of sink. */
import { type ByteSink, type CsvScanner, createCsvScanner } from '@millrace/exasol';
import { toEnvelope } from '../error-envelope.js';
import { ExchangeWriter } from '../exchange/exchange-writer.js';
import { BytePacker } from './byte-packer.js';
import { openFile } from './file-sink.js';
import { loadModule } from './load-module.js';
import { PieceQueue } from './piece-queue.js';
import { PieceWriter } from './pieces.js';
import type { SinkEnd, SinkReport } from './sink.js';
import type { ExportModule, TransportPlace, TransportSink } from './transport.js';

/** Bytes of one message to another thread. */
const MESSAGE_BYTES = 262_144;

/** @throws what opening the sink throws */
export async function openSink(
  sink: TransportSink,
  place: TransportPlace,
  onUnwanted: () => void,
): Promise<SinkEnd> {
  switch (sink.kind) {
    case 'file':
      return openFile(sink.path);
    case 'pieces':
      return new PieceSink(new PieceWriter(sink.port, sink.credits));
    case 'batches':
      return new BatchesSink(sink, onUnwanted);
    case 'module':
      return new ModuleSink(await loadModule<ExportModule>(sink.module), place);
  }
}

class PieceSink implements SinkEnd {
  readonly write: ByteSink;
  readonly #packer: BytePacker;
  readonly #writer: PieceWriter;

  constructor(writer: PieceWriter) {
    this.#writer = writer;
    this.#packer = new BytePacker(MESSAGE_BYTES, (bytes) => writer.write({ kind: 'bytes', bytes }));
    this.write = (bytes) => this.#packer.write(bytes);
  }

  async finish(): Promise<SinkReport> {
    await this.#packer.end();
    this.#writer.end();
    return {};
  }

  async discard(error: unknown): Promise<void> {
    this.#writer.fail(toEnvelope(error));
  }
}

/** CSV into typed batches, which go out by an exchange. */
class BatchesSink implements SinkEnd {
  readonly write: ByteSink;
  readonly #scanner: CsvScanner;
  readonly #exchange: ExchangeWriter;
  #byteCount = 0;
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(sink: Extract<TransportSink, { kind: 'batches' }>, onUnwanted: () => void) {
    const { port, credits, columns, dialect, withColumnNames, batchRows, batchBytes } = sink;
    this.#exchange = new ExchangeWriter(
      { port, credits },
      { credit: () => this.#wake?.(), cancel: onUnwanted },
    );
    this.#scanner = createCsvScanner({
      columns,
      dialect,
      withColumnNames,
      source: this.#exchange.source,
      ...(batchRows !== undefined && { batchRows }),
      ...(batchBytes !== undefined && { batchBytes }),
    });
    this.write = (bytes) => {
      this.#byteCount += bytes.length;
      this.#scanner.write(bytes);
      if (this.#scanner.due) return this.#drain(() => this.#scanner.due);
    };
  }

  async finish(): Promise<SinkReport> {
    const scanner = this.#scanner;
    scanner.end();
    await this.#drain(() => scanner.waiting > 0);
    const { rowCount } = scanner;
    this.#isOver = true;
    this.#exchange.finish({
      kind: 'ended',
      completion: { tag: `EXPORT ${rowCount}`, rowCount, byteCount: this.#byteCount },
      firstRowMs: undefined,
      totalMs: 0,
    });
    return { rowCount };
  }

  async discard(): Promise<void> {
    this.#isOver = true;
    this.#wake?.();
    // What went wrong is told by the task.
    this.#exchange.abandon();
  }

  async #drain(more: () => boolean): Promise<void> {
    while (more()) {
      while (!this.#exchange.ready() && !this.#isOver) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#isOver) return;
      const batch = this.#scanner.take();
      if (batch === undefined) return;
      const { rowCount } = this.#scanner;
      this.#exchange.put(batch.buffer, { rowCount, byteCount: this.#byteCount });
    }
  }
}

/** Pieces that a module's function may be behind. */
const AHEAD = 4;

/** The bytes of each piece are copied: a function may keep what it gets. */
class ModuleSink implements SinkEnd {
  readonly write: ByteSink;
  readonly #queue = new PieceQueue<Uint8Array>();
  readonly #running: Promise<unknown>;
  #waiting = 0;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(run: ExportModule, place: TransportPlace) {
    this.#running = Promise.resolve().then(() => run(this.#queue, place));
    this.#running.then(
      () => {
        if (!this.#isEnded)
          this.#fail(new Error('the module returned before its stream had ended'));
      },
      (error: unknown) => this.#fail(error),
    );
    this.write = (bytes) => {
      if (this.#failure !== undefined) throw this.#failure.error;
      // Not of the pool that small buffers share, and not filled with zeros first.
      const copy = Buffer.allocUnsafeSlow(bytes.length);
      copy.set(bytes);
      this.#waiting++;
      this.#queue.push(copy, this.#onTaken);
      if (this.#waiting >= AHEAD) return this.#room();
    };
  }

  async finish(): Promise<SinkReport> {
    this.#isEnded = true;
    this.#queue.end();
    return { result: await this.#running };
  }

  async discard(error: unknown): Promise<void> {
    this.#isEnded = true;
    this.#queue.end(error instanceof Error ? error : new Error(String(error)));
  }

  readonly #onTaken = (): void => {
    this.#waiting--;
    this.#wake?.();
  };

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#wake?.();
  }

  /** A promise of its own for each wait: a race with one that lives on would keep something of every turn. */
  async #room(): Promise<void> {
    while (this.#waiting >= AHEAD && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
