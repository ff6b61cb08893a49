/** Which column of a batch holds the values of a type of Exasol. */
import type { DataType } from '@millrace/batch';

/** A column's type as the WebSocket API describes it. */
export interface CsvColumnType {
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
}

export interface CsvColumn {
  readonly name: string;
  readonly type: CsvColumnType;
}

/** Digits that always fit an integer of so many bits. */
const INT32_DIGITS = 9;
const INT64_DIGITS = 18;
/** Digits of a second's fraction that a timestamp of a batch has. */
const MICRO_DIGITS = 6;

/**
 * | Exasol | batch |
 * | --- | --- |
 * | `BOOLEAN` | bool |
 * | `DECIMAL(p,0)` | int32 up to 9 digits, int64 up to 18, else decimal |
 * | `DECIMAL(p,s)` | decimal |
 * | `DOUBLE` | float64 |
 * | `DATE` | date |
 * | `TIMESTAMP`, also `WITH LOCAL TIME ZONE` | timestamp of an unnamed calendar: EXPORT writes the session's; text when it has more than 6 digits of a second |
 * | `CHAR`, `VARCHAR`, `HASHTYPE`, `GEOMETRY`, `INTERVAL …` | utf8, as the database writes it |
 */
export function csvDataType({ type, precision, scale = 0 }: CsvColumnType): DataType {
  switch (type) {
    case 'BOOLEAN':
      return { kind: 'bool' };
    case 'DOUBLE':
      return { kind: 'float64' };
    case 'DATE':
      return { kind: 'date' };
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return (precision ?? 0) > MICRO_DIGITS ? { kind: 'utf8' } : { kind: 'timestamp', utc: false };
    case 'DECIMAL':
      if (precision === undefined) return { kind: 'utf8' };
      if (scale === 0 && precision <= INT32_DIGITS) return { kind: 'int32' };
      if (scale === 0 && precision <= INT64_DIGITS) return { kind: 'int64' };
      return { kind: 'decimal', precision, scale };
    default:
      return { kind: 'utf8' };
  }
}

/** A type's name for people: `DECIMAL(10,2)`. */
export function columnTypeName({ type, precision, scale }: CsvColumnType): string {
  return type === 'DECIMAL' && precision !== undefined
    ? `${type}(${precision},${scale ?? 0})`
    : type;
}
