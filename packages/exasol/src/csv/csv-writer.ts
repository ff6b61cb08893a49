/**
 * Batches and rows as CSV that any IMPORT reads by its defaults: every text between delimiters (so that a first one which
 * begins with `#` is no comment), NULL as nothing.
 */
import { type Batch, isPresent, type VariableVector } from '@millrace/batch';
import type { CsvColumn } from './column-type.js';
import { type ColumnWriter, columnWriter, Unwritable } from './column-writers.js';
import { CsvError } from './csv-error.js';
import { type CsvDialect, dialectBytes } from './dialect.js';
import { valueBytes, writeValue } from './value-text.js';

export interface CsvWriterOptions {
  /** The target's columns, where they are known: a Date becomes a `DATE` by them, and errors name them. */
  readonly columns?: readonly CsvColumn[];
  /** `null` plays no part: nothing at all is NULL in any dialect. A delimiter there must be. */
  readonly dialect?: CsvDialect;
}

/** Bytes of a chunk. One row may need more. */
const CHUNK_BYTES = 65_536;

/** @throws RangeError for a dialect without delimiter, or of several bytes */
export function createCsvWriter(options: CsvWriterOptions = {}): CsvWriter {
  return new CsvWriter(options);
}

/** What is given is written in chunks of some 64 KiB, and the caller owns them; `end` gives the last one. */
export class CsvWriter {
  /** Rows written so far. */
  rowCount = 0;
  readonly #columns: readonly CsvColumn[] | undefined;
  readonly #separator: number;
  readonly #delimiter: number;
  readonly #rowEnd: Uint8Array;
  #out: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #at = 0;
  #chunks: Buffer[] = [];

  constructor({ columns, dialect }: CsvWriterOptions) {
    const { separator, delimiter, rowEnd, crlf } = dialectBytes(dialect);
    if (delimiter < 0) throw new RangeError('text cannot be written without a columnDelimiter');
    this.#columns = columns;
    this.#separator = separator;
    this.#delimiter = delimiter;
    this.#rowEnd = crlf ? Uint8Array.of(0x0d, rowEnd) : Uint8Array.of(rowEnd);
  }

  /** @throws CsvError for a value that Exasol has no place for: NaN, infinities, years before 1 and after 9999 */
  writeBatch(batch: Batch): Buffer[] {
    const writers = batch.vectors.map((vector) => columnWriter(vector, this.#delimiter));
    const fixed = writers.reduce((sum, { maxBytes }) => sum + maxBytes + 1, this.#rowEnd.length);
    const texts = batch.vectors.filter(
      ({ type: { kind } }) => kind === 'utf8' || kind === 'binary',
    ) as VariableVector[];
    for (let row = 0; row < batch.rowCount; row++) {
      let needed = fixed;
      for (const { offsets } of texts)
        needed += 2 * ((offsets[row + 1] as number) - (offsets[row] as number));
      this.#makeRoom(needed);
      this.#writeRow(writers, row);
    }
    return this.#takeChunks();
  }

  /**
   * One row of JavaScript values, in the order of the columns: see `writeValue` for what becomes of them.
   *
   * @throws CsvError for a value that is none
   */
  writeRow(row: readonly unknown[]): Buffer[] {
    let needed = row.length + this.#rowEnd.length;
    for (const value of row) needed += valueBytes(value);
    this.#makeRoom(needed);
    let at = this.#at;
    for (let column = 0; column < row.length; column++) {
      if (column > 0) this.#out[at++] = this.#separator;
      const isDate = this.#columns?.[column]?.type.type === 'DATE';
      try {
        at = writeValue(this.#out, at, row[column], this.#delimiter, isDate);
      } catch (cause) {
        throw this.#errorAt(cause, column);
      }
    }
    this.#endRow(at);
    return this.#chunks.length > 0 ? this.#takeChunks() : NO_CHUNKS;
  }

  /** The bytes that are in no chunk yet. */
  end(): Buffer {
    const rest = this.#out.subarray(0, this.#at);
    this.#out = this.#out.subarray(this.#at);
    this.#at = 0;
    return rest;
  }

  #writeRow(writers: readonly ColumnWriter[], row: number): void {
    const out = this.#out;
    let at = this.#at;
    for (let column = 0; column < writers.length; column++) {
      if (column > 0) out[at++] = this.#separator;
      const { write, vector } = writers[column] as ColumnWriter;
      if (vector.nullCount > 0 && !isPresent(vector.validity, 0, row)) continue;
      try {
        at = write(out, at, row);
      } catch (cause) {
        throw this.#errorAt(cause, column);
      }
    }
    this.#endRow(at);
  }

  #endRow(end: number): void {
    let at = end;
    for (const byte of this.#rowEnd) this.#out[at++] = byte;
    this.#at = at;
    this.rowCount++;
  }

  #makeRoom(needed: number): void {
    if (this.#out.length - this.#at >= needed) return;
    if (this.#at > 0) this.#chunks.push(this.#out.subarray(0, this.#at));
    this.#out = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, needed));
    this.#at = 0;
  }

  #takeChunks(): Buffer[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #errorAt(cause: unknown, index: number): unknown {
    if (!(cause instanceof Unwritable)) return cause;
    const row = this.rowCount + 1;
    const column = this.#columns?.[index]?.name ?? String(index + 1);
    const { value, message } = cause;
    return new CsvError(`CSV, row ${row}, column ${column}: '${value}' ${message}`, {
      row,
      column,
      value,
    });
  }
}

const NO_CHUNKS: Buffer[] = [];
