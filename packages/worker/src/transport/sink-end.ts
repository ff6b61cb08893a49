/** Where the bytes of a tunnel go: one class for each kind of sink. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { type ByteSink, type CsvScanner, createCsvScanner } from '@millrace/exasol';
import { toEnvelope } from '../error-envelope.js';
import { ExchangeWriter } from '../exchange/exchange-writer.js';
import { BytePacker } from './byte-packer.js';
import { loadModule } from './load-module.js';
import { PieceQueue } from './piece-queue.js';
import { PieceWriter } from './pieces.js';
import type { ExportModule, TransportPlace, TransportSink } from './transport.js';

/** What a sink tells of a stream that it has whole. */
export interface SinkReport {
  readonly rowCount?: number;
  readonly result?: unknown;
}

export interface SinkEnd {
  readonly write: ByteSink;
  /** Everything has come. */
  finish(): Promise<SinkReport>;
  /** Nothing more comes, or all that came is worth nothing: the statement has failed. */
  discard(error: unknown): Promise<void>;
}

/** Bytes of one write to a file, and of one message to another thread. */
const FILE_BYTES = 1 << 20;
const MESSAGE_BYTES = 262_144;

/** @throws what opening the sink throws */
export async function openSink(
  sink: TransportSink,
  place: TransportPlace,
  onUnwanted: () => void,
): Promise<SinkEnd> {
  switch (sink.kind) {
    case 'file':
      return FileSink.open(sink.path);
    case 'pieces':
      return new PieceSink(new PieceWriter(sink.port, sink.credits));
    case 'batches':
      return new BatchesSink(sink, onUnwanted);
    case 'module':
      return new ModuleSink(await loadModule<ExportModule>(sink.module), place);
  }
}

/** A file that is written whole, or removed again: nobody shall take a part of it for all. */
class FileSink implements SinkEnd {
  readonly write: ByteSink;
  readonly #packer: BytePacker;
  readonly #file: FileHandle;
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();
  readonly #isRegular: boolean;
  #closing: Promise<void> | undefined;

  static async open(path: string): Promise<FileSink> {
    const file = await open(path, 'w');
    return new FileSink(file, path, (await file.stat()).isFile());
  }

  private constructor(file: FileHandle, path: string, isRegular: boolean) {
    this.#file = file;
    this.#path = path;
    this.#isRegular = isRegular;
    this.#packer = new BytePacker(FILE_BYTES, (bytes) => this.#writeOut(bytes));
    this.write = (bytes) => this.#packer.write(bytes);
  }

  async finish(): Promise<SinkReport> {
    await this.#packer.end();
    await this.#close();
    return {};
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#close().catch(() => undefined);
    // A device, or a pipe, is not ours to remove.
    if (this.#isRegular) await rm(this.#path, { force: true });
  }

  #writeOut(bytes: Uint8Array): Promise<void> {
    this.#writing = this.#writeAll(bytes);
    return this.#writing;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at);
      at += bytesWritten;
    }
  }

  #close(): Promise<void> {
    this.#closing ??= this.#file.close();
    return this.#closing;
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

/** The bytes of each piece are copied: a function may keep what it gets. */
class ModuleSink implements SinkEnd {
  readonly write: ByteSink;
  readonly #queue = new PieceQueue<Uint8Array>();
  readonly #running: Promise<unknown>;
  readonly #failed: Promise<never>;
  #isEnded = false;

  constructor(run: ExportModule, place: TransportPlace) {
    this.#running = Promise.resolve().then(() => run(this.#queue, place));
    this.#failed = this.#running.then(() => {
      if (this.#isEnded) return new Promise<never>(() => undefined);
      throw new Error('the module returned before its stream had ended');
    });
    this.#failed.catch(() => undefined);
    this.write = (bytes) => {
      const taken = new Promise<void>((resolve) => {
        this.#queue.push(Uint8Array.from(bytes), resolve);
      });
      return Promise.race([taken, this.#failed]);
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
}
