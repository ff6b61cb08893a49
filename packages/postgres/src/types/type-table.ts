/** How a result column is asked for and decoded: the type's row in `type-list.ts`, and the kernel of its layout. */
import { type DataType, MAX_DECIMAL_PRECISION } from '@millrace/batch';
import type { ColumnDescription } from '../wire/messages-in.js';
import type { WireFormat } from '../wire/messages-out.js';
import { decodeDecimal } from './decimal-kernel.js';
import { decode16, decode32, decode64, decode128, decodeBool } from './fixed-kernels.js';
import type { Kernel } from './kernel.js';
import { decodeDate, decodeTimestamp } from './temporal-kernels.js';
import { builtInTypeName, TYPE_LIST } from './type-list.js';
import { decodeVariable } from './variable-kernels.js';

/** How a column is asked for and decoded. */
export interface ColumnDecoder {
  readonly format: WireFormat;
  readonly type: DataType;
  readonly decode: Kernel;
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

const FORMATS = { text: 0, binary: 1 } as const;

/** The kernel of each layout. Decimals come from text, all others of fixed width from the binary form. */
const KERNELS: { readonly [kind in DataType['kind']]: Kernel } = {
  bool: decodeBool,
  int16: decode16,
  int32: decode32,
  uint32: decode32,
  int64: decode64,
  float32: decode32,
  float64: decode64,
  decimal: decodeDecimal,
  date: decodeDate,
  timestamp: decodeTimestamp,
  uuid: decode128,
  utf8: decodeVariable,
  binary: decodeVariable,
};

const DECODERS: ReadonlyMap<number, ColumnDecoder> = new Map(
  TYPE_LIST.map(({ oid, wire, layout }) => [
    oid,
    { format: FORMATS[wire], type: layout, decode: KERNELS[layout.kind] },
  ]),
);

const AS_TEXT: ColumnDecoder = {
  format: FORMATS.text,
  type: { kind: 'utf8' },
  decode: decodeVariable,
};

/** The decoder of a result column. What is not in the list, arrays among it, travels as text. */
export function columnDecoder(column: ColumnDescription): ColumnDecoder {
  if (column.dataTypeID === TypeOid.numeric) {
    const declared = numericDeclaration(column.dataTypeModifier);
    if (declared !== undefined) {
      const type: DataType = { kind: 'decimal', ...declared };
      return { format: FORMATS.text, type, decode: KERNELS.decimal };
    }
  }
  return DECODERS.get(column.dataTypeID) ?? AS_TEXT;
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
