/**
 * PostgreSQL's own types: one row a type, how it travels, what column it becomes, and its JavaScript value by default,
 * alone and in an array. `docs/types.md` is this table for people; a test keeps the two in step.
 *
 * The values are those of `pg`. A type that is not listed (a user's enum, composite, range; whatever an extension brings)
 * travels as text, as the server writes it, and is a string; a domain is what its base type is. OIDs: PostgreSQL 18's
 * pg_type.dat. Names: `format_type`.
 */
import type { DataType } from '@millrace/batch';
import type { TypeChoices } from '../values/type-choices.js';

/** How values travel: as the server writes them, or as its binary form. */
export type Wire = 'text' | 'binary';

export interface TypeRow {
  readonly oid: number;
  readonly arrayOid: number;
  readonly name: string;
  readonly wire: Wire;
  readonly layout: DataType;
  /** The JavaScript value by default. */
  readonly value: string;
  /** The JavaScript value of its array by default. */
  readonly arrayValue: string;
  /** Which of the `types` choices changes both. */
  readonly choice: keyof TypeChoices | undefined;
}

const BOOL: DataType = { kind: 'bool' };
const INT16: DataType = { kind: 'int16' };
const INT32: DataType = { kind: 'int32' };
const UINT32: DataType = { kind: 'uint32' };
const INT64: DataType = { kind: 'int64' };
const FLOAT32: DataType = { kind: 'float32' };
const FLOAT64: DataType = { kind: 'float64' };
const DATE: DataType = { kind: 'date' };
const LOCAL: DataType = { kind: 'timestamp', utc: false };
const INSTANT: DataType = { kind: 'timestamp', utc: true };
const UUID: DataType = { kind: 'uuid' };
const BYTES: DataType = { kind: 'binary' };
const TEXT: DataType = { kind: 'utf8' };

const DATE_VALUE = 'Date or ±Infinity';
const DATES_VALUE = '(Date or ±Infinity)[]';

/** The row of a type that travels as text. An array that `pg` has no parser for is a string, too. */
function text(
  oid: number,
  arrayOid: number,
  name: string,
  value = 'string',
  arrayValue = 'string',
  choice?: keyof TypeChoices,
): TypeRow {
  return { oid, arrayOid, name, wire: 'text', layout: TEXT, value, arrayValue, choice };
}

function binary(
  oid: number,
  arrayOid: number,
  name: string,
  layout: DataType,
  value: string,
  arrayValue: string,
  choice?: keyof TypeChoices,
): TypeRow {
  return { oid, arrayOid, name, wire: 'binary', layout, value, arrayValue, choice };
}

export const TYPE_LIST: readonly TypeRow[] = [
  binary(16, 1000, 'boolean', BOOL, 'boolean', 'boolean[]'),
  binary(21, 1005, 'smallint', INT16, 'number', 'number[]'),
  binary(23, 1007, 'integer', INT32, 'number', 'number[]'),
  binary(20, 1016, 'bigint', INT64, 'string', 'string[]', 'int8'),
  binary(26, 1028, 'oid', UINT32, 'number', 'number[]'),
  binary(700, 1021, 'real', FLOAT32, 'number', 'number[]'),
  binary(701, 1022, 'double precision', FLOAT64, 'number', 'number[]'),
  text(1700, 1231, 'numeric', 'string', 'number[]', 'numeric'),
  text(790, 791, 'money', 'string', 'string[]'),
  text(25, 1009, 'text', 'string', 'string[]'),
  text(1043, 1015, 'character varying', 'string', 'string[]'),
  text(1042, 1014, 'character', 'string', 'string[]'),
  text(18, 1002, '"char"'),
  text(19, 1003, 'name'),
  text(142, 143, 'xml'),
  binary(17, 1001, 'bytea', BYTES, 'Buffer', 'Buffer[]'),
  binary(1082, 1182, 'date', DATE, DATE_VALUE, DATES_VALUE, 'date'),
  text(1083, 1183, 'time without time zone', 'string', 'string[]'),
  text(1266, 1270, 'time with time zone', 'string', 'string[]'),
  binary(1114, 1115, 'timestamp without time zone', LOCAL, DATE_VALUE, DATES_VALUE, 'timestamp'),
  binary(1184, 1185, 'timestamp with time zone', INSTANT, DATE_VALUE, DATES_VALUE, 'timestamptz'),
  text(1186, 1187, 'interval', 'PostgresInterval', 'PostgresInterval[]', 'interval'),
  binary(2950, 2951, 'uuid', UUID, 'string', 'string[]'),
  text(114, 199, 'json', 'parsed JSON', 'parsed JSON[]', 'json'),
  text(3802, 3807, 'jsonb', 'parsed JSON', 'parsed JSON[]', 'json'),
  text(4072, 4073, 'jsonpath'),
  text(869, 1041, 'inet', 'string', 'string[]'),
  text(650, 651, 'cidr', 'string', 'string[]'),
  text(829, 1040, 'macaddr', 'string', 'string[]'),
  text(774, 775, 'macaddr8'),
  text(1560, 1561, 'bit'),
  text(1562, 1563, 'bit varying'),
  text(600, 1017, 'point', '{ x, y }', '{ x, y }[]'),
  text(718, 719, 'circle', '{ x, y, radius }'),
  text(601, 1018, 'lseg'),
  text(602, 1019, 'path'),
  text(603, 1020, 'box'),
  text(604, 1027, 'polygon'),
  text(628, 629, 'line'),
  text(3614, 3643, 'tsvector'),
  text(3615, 3645, 'tsquery'),
  text(3642, 3644, 'gtsvector'),
  text(3904, 3905, 'int4range'),
  text(3926, 3927, 'int8range'),
  text(3906, 3907, 'numrange', 'string', 'string[]'),
  text(3912, 3913, 'daterange'),
  text(3908, 3909, 'tsrange'),
  text(3910, 3911, 'tstzrange'),
  text(4451, 6150, 'int4multirange'),
  text(4536, 6157, 'int8multirange'),
  text(4532, 6151, 'nummultirange'),
  text(4535, 6155, 'datemultirange'),
  text(4533, 6152, 'tsmultirange'),
  text(4534, 6153, 'tstzmultirange'),
  text(24, 1008, 'regproc', 'string', 'string[]'),
  text(2202, 2207, 'regprocedure'),
  text(2203, 2208, 'regoper'),
  text(2204, 2209, 'regoperator'),
  text(2205, 2210, 'regclass'),
  text(2206, 2211, 'regtype'),
  text(3734, 3735, 'regconfig'),
  text(3769, 3770, 'regdictionary'),
  text(4089, 4090, 'regnamespace'),
  text(4096, 4097, 'regrole'),
  text(4191, 4192, 'regcollation'),
  text(27, 1010, 'tid'),
  text(28, 1011, 'xid'),
  text(5069, 271, 'xid8'),
  text(29, 1012, 'cid'),
  text(3220, 3221, 'pg_lsn'),
  text(5038, 5039, 'pg_snapshot'),
  text(2970, 2949, 'txid_snapshot'),
  text(22, 1006, 'int2vector'),
  text(30, 1013, 'oidvector'),
  text(1033, 1034, 'aclitem'),
  text(1790, 2201, 'refcursor'),
  text(2249, 2287, 'record'),
  text(2278, 0, 'void', 'string', '—'),
];

const BY_OID: ReadonlyMap<number, TypeRow> = new Map(TYPE_LIST.map((row) => [row.oid, row]));
const BY_ARRAY_OID: ReadonlyMap<number, TypeRow> = new Map(
  TYPE_LIST.map((row) => [row.arrayOid, row]),
);

/** The row of a type; undefined for one that is not listed, and for arrays. */
export function typeRow(oid: number): TypeRow | undefined {
  return BY_OID.get(oid);
}

/** The row of the elements of an array type; undefined for what is no listed array. */
export function elementRow(arrayOid: number): TypeRow | undefined {
  return arrayOid === 0 ? undefined : BY_ARRAY_OID.get(arrayOid);
}

/** The name of one of PostgreSQL's own types; undefined for one that this list does not have. */
export function builtInTypeName(oid: number): string | undefined {
  const element = elementRow(oid);
  return typeRow(oid)?.name ?? (element && `${element.name}[]`);
}
