/** Whether streams have the same columns, and what to cast where they do not. */
import { type DataType, type Schema, sameType, typeName } from '@millrace/batch';
import { ConfigurationError } from '../errors.js';

/** A stream's number, and its columns. */
export interface StreamColumns {
  readonly stream: number;
  readonly schema: Schema;
}

/**
 * Columns agree by position; names are the first stream's.
 *
 * @throws ConfigurationError
 */
export function checkAgreement(first: StreamColumns, other: StreamColumns): void {
  const { fields } = first.schema;
  const count = countOf(first.schema);
  if (countOf(other.schema) !== count) {
    throw new ConfigurationError(
      `combineStreams: stream ${other.stream} has ${countOf(other.schema)} columns, stream ${first.stream} has ${count}`,
    );
  }
  for (const [i, { name, type }] of other.schema.fields.entries()) {
    const expected = fields[i]?.type as DataType;
    if (sameType(type, expected)) continue;
    throw new ConfigurationError(
      `combineStreams: column ${i + 1} ('${name}') of stream ${other.stream} is ${typeName(type)}, ` +
        `of stream ${first.stream} it is ${typeName(expected)}: cast both to ${commonCast(expected, type)}`,
    );
  }
}

function countOf({ fields, hiddenColumns = 0 }: Schema): number {
  return fields.length + hiddenColumns;
}

const INTEGERS: readonly string[] = ['int16', 'int32', 'uint32', 'int64'];
const NUMBERS: readonly string[] = [...INTEGERS, 'decimal', 'float32', 'float64'];
/** Digits of a DECIMAL of Exasol at most. */
const MOST_DIGITS = 36;

/** What both sides have, in the words of each. */
function commonCast(a: DataType, b: DataType): string {
  // A numeric of PostgreSQL without precision comes as text: the other one's type is what is meant.
  if (a.kind === 'utf8') return castOf(b);
  if (b.kind === 'utf8') return castOf(a);
  const kinds = [a.kind, b.kind];
  if (kinds.every((kind) => INTEGERS.includes(kind))) return castOf({ kind: 'int64' });
  if (kinds.every((kind) => NUMBERS.includes(kind))) {
    if (kinds.some((kind) => kind.startsWith('float'))) return castOf({ kind: 'float64' });
    return castOf({ kind: 'decimal', precision: MOST_DIGITS, scale: scaleOf(a, b) });
  }
  if (kinds.every((kind) => kind === 'date' || kind === 'timestamp')) {
    return castOf({ kind: 'timestamp', utc: false });
  }
  return castOf({ kind: 'utf8' });
}

function scaleOf(...types: readonly DataType[]): number {
  const scales = types.map((type) => (type.kind === 'decimal' ? type.scale : 0));
  return Math.min(Math.max(...scales), MOST_DIGITS);
}

function castOf(type: DataType): string {
  const [postgres, exasol] = wordsOf(type);
  return `${postgres} (PostgreSQL), ${exasol} (Exasol)`;
}

function wordsOf(type: DataType): readonly [string, string] {
  switch (type.kind) {
    case 'bool':
      return ['boolean', 'BOOLEAN'];
    case 'int32':
    case 'int16':
      return ['integer', 'DECIMAL(9,0)'];
    case 'uint32':
    case 'int64':
      return ['bigint', 'DECIMAL(18,0)'];
    case 'float32':
    case 'float64':
      return ['double precision', 'DOUBLE'];
    case 'decimal': {
      // Exasol's decimals of up to 18 digits and no scale come as integers.
      const precision = Math.min(type.scale === 0 ? MOST_DIGITS : type.precision, MOST_DIGITS);
      const digits = `(${precision},${Math.min(type.scale, precision)})`;
      return [`numeric${digits}`, `DECIMAL${digits}`];
    }
    case 'date':
      return ['date', 'DATE'];
    case 'timestamp':
      return ['timestamp', 'TIMESTAMP'];
    default:
      return ['text', 'VARCHAR(2000000)'];
  }
}
