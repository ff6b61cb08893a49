/**
 * CSV into batches of typed columns. Bytes in, batches out: no socket, so that it can be fed any cut of any bytes.
 *
 * Bytes are kept in one buffer, their fields noted by positions, until a batch of rows is due. Then every column is decoded
 * by its kernel, in place, while the bytes are still in the processor's cache. No string is made for a field.
 */
import { isUtf8 } from 'node:buffer';
import {
  Batch,
  type BatchFrame,
  type BufferSource,
  type DataType,
  layOutBatch,
  newBuffer,
  type Schema,
} from '@millrace/batch';
import { type CsvColumn, columnTypeName, csvDataType } from './column-type.js';
import { CsvError } from './csv-error.js';
import { decodeDecimal } from './decimal-kernel.js';
import { type CsvDialect, dialectBytes } from './dialect.js';
import { BadValue, type CsvKernel, type CsvRows } from './kernel.js';
import { decodeBool, decodeDouble, decodeInt32, decodeInt64 } from './number-kernels.js';
import {
  dropRecords,
  endRecords,
  moveRecords,
  newRecordScan,
  RecordError,
  type RecordScan,
  scanRecords,
} from './record-scan.js';
import { decodeDate, decodeTimestamp } from './temporal-kernels.js';
import { decodeText, measureText } from './text-kernel.js';

export interface CsvScannerOptions {
  /** The columns, in the order of the fields. */
  readonly columns: readonly CsvColumn[];
  readonly dialect?: CsvDialect;
  /** The first record is the columns' names: it is passed over. Default false. */
  readonly withColumnNames?: boolean;
  /** Rows after which a batch is due. Default 65,536. */
  readonly batchRows?: number;
  /** Bytes of CSV after which a batch is due; one row may have more. Default 1 MiB. */
  readonly batchBytes?: number;
  /** Where batches get their memory. Default: new memory for each. */
  readonly source?: BufferSource;
}

/** What the record scan may write behind the bytes. */
const ROOM_BYTES = 4;
/** A position, times 4, is a 32-bit integer. */
const MAX_BYTES = 0x1fffffff;
/** A buffer so many times as large as it need be is given back. */
const OVERSIZE = 8;
const SHOWN_CHARACTERS = 60;

const KERNELS: Readonly<Partial<Record<DataType['kind'], CsvKernel>>> = {
  bool: decodeBool,
  int32: decodeInt32,
  int64: decodeInt64,
  float64: decodeDouble,
  decimal: decodeDecimal,
  date: decodeDate,
  timestamp: decodeTimestamp,
  utf8: decodeText,
};

/** @throws RangeError for a dialect that cannot be read into columns */
export function createCsvScanner(options: CsvScannerOptions): CsvScanner {
  return new CsvScanner(options);
}

/** `write`, then `take` while `due`; after the last bytes `end`, then `take` while it gives batches. */
export class CsvScanner {
  readonly schema: Schema;
  /** Rows of all batches taken. */
  rowCount = 0;
  readonly #columns: readonly CsvColumn[];
  readonly #scan: RecordScan;
  readonly #nullText: Uint8Array;
  readonly #batchRows: number;
  readonly #batchBytes: number;
  readonly #source: BufferSource;
  readonly #dataBytes: Float64Array;
  #bytes: Uint8Array;
  /** Where the first record noted begins, and where the bytes end. */
  #start = 0;
  #end = 0;
  #ended = false;
  #namesLeft: number;
  readonly #names: number;

  constructor(options: CsvScannerOptions) {
    const { columns, batchRows = 65_536, batchBytes = 1 << 20, source = newBuffer } = options;
    const dialect = dialectBytes(options.dialect);
    if (columns.length === 0) throw new RangeError('CSV has at least one column');
    this.#columns = columns;
    this.schema = {
      fields: columns.map(({ name, type }) => ({ name, type: csvDataType(type) })),
    };
    this.#scan = newRecordScan(columns.length, dialect);
    this.#nullText = dialect.nullText;
    this.#batchRows = Math.max(1, batchRows);
    this.#batchBytes = Math.max(1, batchBytes);
    this.#source = source;
    this.#dataBytes = new Float64Array(columns.length);
    this.#bytes = new Uint8Array(2 * this.#batchBytes + ROOM_BYTES);
    this.#names = options.withColumnNames === true ? 1 : 0;
    this.#namesLeft = this.#names;
  }

  /** Takes bytes, which may be used again as soon as it returns. @throws CsvError for a record of too few or many fields */
  write(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
    this.#note();
  }

  /** There are no more bytes. @throws CsvError for a last record that is cut off */
  end(): void {
    this.#ended = true;
    this.#makeRoom(0);
    this.#note();
  }

  /** Whether a batch is full. */
  get due(): boolean {
    const { rowCount, at } = this.#scan;
    return rowCount >= this.#batchRows || (rowCount > 0 && at - this.#start >= this.#batchBytes);
  }

  /** Rows noted that are in no batch yet. */
  get waiting(): number {
    return this.#scan.rowCount;
  }

  /** The rows noted so far as a batch, full or not; undefined when there are none. @throws CsvError for a wrong value */
  take(): Batch | undefined {
    const { rowCount } = this.#scan;
    if (rowCount === 0) return undefined;
    const frame = this.#decode(rowCount);
    this.#start = this.#beginOfRest();
    dropRecords(this.#scan);
    this.rowCount += rowCount;
    if (this.#end - this.#start <= this.#batchBytes >> 2) this.#moveToFront(this.#bytes);
    this.#note();
    return new Batch(this.schema, frame.buffer);
  }

  /** Notes records up to the limits of a batch. */
  #note(): void {
    const scan = this.#scan;
    try {
      while (!this.due) {
        const limit = this.#start + this.#batchBytes;
        const end = scan.at < limit ? Math.min(this.#end, limit) : this.#end;
        if (scan.at < end) scanRecords(scan, this.#bytes, end, this.#wantedRows(limit));
        else if (this.#ended && end === this.#end) {
          endRecords(scan, this.#bytes);
          this.#passNames();
          return;
        } else return;
        this.#passNames();
      }
    } catch (cause) {
      if (!(cause instanceof RecordError)) throw cause;
      const row = this.#names + this.rowCount + scan.rowCount + 1;
      throw new CsvError(`CSV, row ${row}: ${cause.message}`, { row });
    }
  }

  /** Past the limit a row that has begun is finished, and no other one. */
  #wantedRows(limit: number): number {
    if (this.#namesLeft > 0) return 1;
    return this.#scan.at < limit ? this.#batchRows : this.#scan.rowCount + 1;
  }

  #passNames(): void {
    if (this.#namesLeft === 0 || this.#scan.rowCount === 0) return;
    this.#namesLeft = 0;
    this.#start = this.#beginOfRest();
    dropRecords(this.#scan);
  }

  /** Where the record behind the whole ones begins. */
  #beginOfRest(): number {
    const { rowCount, columnCount, words, fields, at, fieldStart, state } = this.#scan;
    const next = rowCount * columnCount * 2;
    if (next < words) return fields[next] as number;
    return state === 0 ? at : fieldStart;
  }

  #makeRoom(length: number): void {
    const needed = this.#end - this.#start + length + ROOM_BYTES;
    const usual = 2 * this.#batchBytes + ROOM_BYTES;
    const oversize = this.#bytes.length > OVERSIZE * Math.max(needed, usual);
    if (this.#end + length + ROOM_BYTES <= this.#bytes.length && !oversize) return;
    if (needed > MAX_BYTES) {
      const row = this.#names + this.rowCount + this.#scan.rowCount + 1;
      throw new CsvError(`CSV, row ${row}: is larger than ${MAX_BYTES} bytes`, { row });
    }
    if (needed <= this.#bytes.length && !oversize) return this.#moveToFront(this.#bytes);
    const grown = needed > usual ? needed + (needed >> 1) : usual;
    this.#moveToFront(new Uint8Array(Math.min(MAX_BYTES, grown)));
  }

  #moveToFront(target: Uint8Array): void {
    target.set(this.#bytes.subarray(this.#start, this.#end), 0);
    this.#bytes = target;
    moveRecords(this.#scan, this.#start);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #decode(rowCount: number): BatchFrame {
    const { fields, columnCount, dialect } = this.#scan;
    if (!isUtf8(this.#bytes.subarray(this.#start, this.#beginOfRest()))) this.#failUtf8();
    const rows: CsvRows = {
      bytes: this.#bytes,
      view: new DataView(this.#bytes.buffer),
      fields,
      rowCount,
      stride: columnCount * 2,
      delimiter: dialect.delimiter,
    };
    if (this.#nullText.length > 0) emptyNulls(rows, columnCount, this.#nullText);
    const types = this.schema.fields;
    for (let column = 0; column < columnCount; column++) {
      if (types[column]?.type.kind === 'utf8') this.#dataBytes[column] = measureText(rows, column);
    }
    const frame = layOutBatch(this.schema, rowCount, this.#dataBytes, this.#source);
    for (let column = 0; column < columnCount; column++) {
      const { type } = types[column] as Schema['fields'][number];
      try {
        (KERNELS[type.kind] as CsvKernel)(rows, column, frame, type);
      } catch (cause) {
        if (!(cause instanceof BadValue)) throw cause;
        throw this.#valueError(cause, column);
      }
    }
    return frame;
  }

  #valueError({ row: rowOfBatch, message }: BadValue, column: number): CsvError {
    const { fields, columnCount } = this.#scan;
    const word = (rowOfBatch * columnCount + column) * 2;
    const from = fields[word] as number;
    const bytes = this.#bytes.subarray(from, (fields[word + 1] as number) >> 2);
    const text = Buffer.from(bytes).toString();
    const value = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
    const { name, type } = this.#columns[column] as CsvColumn;
    const row = this.#names + this.rowCount + rowOfBatch + 1;
    return new CsvError(
      `CSV, row ${row}, column ${column + 1} (${name} ${columnTypeName(type)}): ${JSON.stringify(value)} ${message}`,
      { row, column: name, value },
    );
  }

  /** @throws CsvError for the first row that has other bytes than UTF-8 */
  #failUtf8(): void {
    const { fields, rowCount, columnCount } = this.#scan;
    for (let field = 0; field < rowCount * columnCount; field++) {
      const bytes = this.#bytes.subarray(
        fields[field * 2] as number,
        (fields[field * 2 + 1] as number) >> 2,
      );
      if (isUtf8(bytes)) continue;
      throw this.#valueError(
        new BadValue(Math.floor(field / columnCount), 'is not UTF-8'),
        field % columnCount,
      );
    }
  }
}

/** Fields without delimiters that are NULL's text become fields of nothing. */
function emptyNulls(
  { bytes, fields, rowCount }: CsvRows,
  columnCount: number,
  text: Uint8Array,
): void {
  const words = rowCount * columnCount * 2;
  for (let word = 0; word < words; word += 2) {
    const from = fields[word] as number;
    if (fields[word + 1] !== (from + text.length) << 2) continue;
    let i = 0;
    while (i < text.length && bytes[from + i] === text[i]) i++;
    if (i === text.length) fields[word + 1] = from << 2;
  }
}
