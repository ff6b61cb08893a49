/**
 * How each PostgreSQL type travels and what it becomes: one row a type. A type that is not listed (text of all kinds,
 * json, intervals, arrays, whatever users define) travels as text, as the server writes it, and loses nothing. OIDs and names: PostgreSQL's pg_type.dat.
 */
import { type DataType, MAX_DECIMAL_PRECISION } from '@millrace/batch';
import type { ColumnDescription } from '../wire/messages-in.js';
import type { WireFormat } from '../wire/messages-out.js';
import { decodeDecimal } from './decimal-kernel.js';
import { decode16, decode32, decode64, decode128, decodeBool } from './fixed-kernels.js';
import type { Kernel } from './kernel.js';
import { decodeDate, decodeTimestamp } from './temporal-kernels.js';
import { builtInTypeName } from './type-names.js';
import { decodeVariable } from './variable-kernels.js';

/** How a column is asked for and decoded. */
export interface ColumnDecoder {
  readonly format: WireFormat;
  readonly type: DataType;
  readonly decode: Kernel;
}

const TEXT = 0;
const BINARY = 1;
const UTF8: DataType = { kind: 'utf8' };

function row(format: WireFormat, type: DataType, decode: Kernel): ColumnDecoder {
  return { format, type, decode };
}

/** OIDs that have a name in this code. */
export const TypeOid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  float4: 700,
  float8: 701,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
} as const;

const TYPES: ReadonlyMap<number, ColumnDecoder> = new Map([
  [TypeOid.bool, row(BINARY, { kind: 'bool' }, decodeBool)],
  [TypeOid.bytea, row(BINARY, { kind: 'binary' }, decodeVariable)],
  [TypeOid.int8, row(BINARY, { kind: 'int64' }, decode64)],
  [TypeOid.int2, row(BINARY, { kind: 'int16' }, decode16)],
  [TypeOid.int4, row(BINARY, { kind: 'int32' }, decode32)],
  [TypeOid.oid, row(BINARY, { kind: 'uint32' }, decode32)],
  [TypeOid.float4, row(BINARY, { kind: 'float32' }, decode32)],
  [TypeOid.float8, row(BINARY, { kind: 'float64' }, decode64)],
  [TypeOid.date, row(BINARY, { kind: 'date' }, decodeDate)],
  [TypeOid.timestamp, row(BINARY, { kind: 'timestamp', utc: false }, decodeTimestamp)],
  [TypeOid.timestamptz, row(BINARY, { kind: 'timestamp', utc: true }, decodeTimestamp)],
  [TypeOid.uuid, row(BINARY, { kind: 'uuid' }, decode128)],
]);

const AS_TEXT: ColumnDecoder = { format: TEXT, type: UTF8, decode: decodeVariable };

/** The decoder of a result column. */
export function columnDecoder(column: ColumnDescription): ColumnDecoder {
  if (column.dataTypeID === TypeOid.numeric) {
    const declared = numericDeclaration(column.dataTypeModifier);
    if (declared !== undefined) {
      return { format: TEXT, type: { kind: 'decimal', ...declared }, decode: decodeDecimal };
    }
  }
  return TYPES.get(column.dataTypeID) ?? AS_TEXT;
}

/**
 * Precision and scale of a numeric column, where the decimal layout holds them: undefined for a numeric without
 * declaration, of more than 38 digits, or of a negative or excessive scale (numeric.c: `make_numeric_typmod`).
 */
function numericDeclaration(typmod: number): { precision: number; scale: number } | undefined {
  if (typmod < 4) return undefined;
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  if (precision > MAX_DECIMAL_PRECISION || scale < 0 || scale > precision) return undefined;
  return { precision, scale };
}

/** First OID that a server gives to objects of its users: such OIDs differ from server to server. */
export const FIRST_USER_OID = 16_384;

/** A type's name for people, where it is one of PostgreSQL's own; else its OID. */
export function postgresTypeName(dataTypeID: number, typmod = -1): string {
  const name = builtInTypeName(dataTypeID) ?? `type ${dataTypeID}`;
  if (typmod < 4) return name;
  if (dataTypeID === TypeOid.numeric) {
    return `${name}(${((typmod - 4) >> 16) & 0xffff},${(((typmod - 4) & 0x7ff) ^ 1024) - 1024})`;
  }
  return dataTypeID === 1042 || dataTypeID === 1043 ? `${name}(${typmod - 4})` : name;
}
