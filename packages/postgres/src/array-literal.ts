/**
 * Columns of batches as array literals: the text of a parameter that a server reads as the same values. (PostgreSQL: "Array
 * Input and Output Syntax".) Types that travel as text, arrays among them, are written as texts: for `$1::text[]`, whose
 * elements are then cast.
 */
import type { Vector } from '@millrace/batch';
import { timestampText } from './values/calendar-text.js';
import * as numbers from './values/number-values.js';
import { readDateAsString, readTimestampAsBigint } from './values/temporal-values.js';
import { readBytes, readTexts } from './values/text-values.js';
import type { ValueReader } from './values/value-reader.js';

/** How the values of a column are read, and how one of them is written. */
interface Writer {
  readonly read: ValueReader;
  readonly write: (value: never) => string;
}

/** One column, batch by batch. */
export class ArrayLiteral {
  readonly #pieces: string[] = [];
  /** Bytes of the literal so far. */
  byteLength = 2;

  /** Adds the values of a vector; all have one type. */
  add(vector: Vector): void {
    const { length } = vector;
    if (length === 0) return;
    const { read, write } = writerOf(vector);
    const values = new Array<unknown>(length);
    read(vector, { from: 0, to: length }, values);
    const texts = values.map((value, row) => (vector.isNull(row) ? 'NULL' : write(value as never)));
    const piece = texts.join(',');
    this.#pieces.push(piece);
    this.byteLength += Buffer.byteLength(piece) + 1;
  }

  text(): string {
    return `{${this.#pieces.join(',')}}`;
  }
}

function writerOf({ type }: Vector): Writer {
  switch (type.kind) {
    case 'bool':
      return { read: numbers.readBooleans, write: (value: boolean) => (value ? 't' : 'f') };
    case 'int16':
    case 'int32':
    case 'uint32':
      return { read: numbers.readNumbers, write: String };
    case 'float64':
      return { read: numbers.readNumbers, write: floatText };
    case 'float32':
      return { read: numbers.readFloat4, write: floatText };
    case 'int64':
      return { read: numbers.readInt8AsString, write: asItIs };
    case 'decimal':
      return { read: numbers.readDecimalAsString, write: asItIs };
    case 'uuid':
      return { read: numbers.readUuids, write: asItIs };
    case 'date':
      return { read: readDateAsString, write: quoted };
    case 'timestamp': {
      const { utc } = type;
      const write = (micros: bigint): string => quoted(timestampLiteral(micros, utc));
      return { read: readTimestampAsBigint, write };
    }
    case 'binary':
      return {
        read: readBytes,
        write: (bytes: Buffer) => quoted(`\\x${bytes.toString('hex')}`),
      };
    case 'utf8':
      return { read: readTexts, write: quoted };
  }
}

function asItIs(text: string): string {
  return text;
}

/** The shortest digits that mean this number; `NaN` and infinities as the server writes them. */
function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** As the server writes it, in UTC where it is an instant. */
function timestampLiteral(micros: bigint, utc: boolean): string {
  return timestampText(micros, utc).replace('T', ' ').replace('Z', '+00');
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
