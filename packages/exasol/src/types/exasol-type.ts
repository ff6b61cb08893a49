/** The data types of Exasol, as the WebSocket API describes columns and parameters by them. One row for each type in `TYPES`. */
import { ExasolProtocolError } from '../errors.js';

type CharacterSet = 'UTF8' | 'ASCII';

/** A column's type. Properties have the names of the protocol; an absent one was not sent, and none is assumed. */
export type ExasolType =
  | { readonly type: 'BOOLEAN' }
  | { readonly type: 'CHAR'; readonly size: number; readonly characterSet?: CharacterSet }
  | { readonly type: 'VARCHAR'; readonly size: number; readonly characterSet?: CharacterSet }
  | { readonly type: 'DATE' }
  | { readonly type: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly type: 'DOUBLE' }
  | { readonly type: 'GEOMETRY'; readonly srid?: number }
  /** `size` counts hexadecimal digits, two for each byte. */
  | { readonly type: 'HASHTYPE'; readonly size?: number }
  | {
      readonly type: 'INTERVAL DAY TO SECOND';
      readonly precision: number;
      readonly fraction: number;
    }
  | { readonly type: 'INTERVAL YEAR TO MONTH'; readonly precision: number }
  /** `precision` counts the digits of the second's fraction; sent since protocol version 5. */
  | { readonly type: 'TIMESTAMP'; readonly precision?: number }
  | { readonly type: 'TIMESTAMP WITH LOCAL TIME ZONE'; readonly precision?: number };

export type ExasolTypeName = ExasolType['type'];

type Property = 'size' | 'characterSet' | 'precision' | 'scale' | 'fraction' | 'srid';

interface TypeRow {
  readonly required: readonly Property[];
  readonly optional: readonly Property[];
  /** The type's words in SQL; a property's name stands for its value. */
  readonly sql: (of: Readonly<Partial<Record<Property, number | string>>>) => string;
}

/** Every type there is. What is not here is refused: its values could not be told from text. */
const TYPES: Readonly<Record<ExasolTypeName, TypeRow>> = {
  BOOLEAN: { required: [], optional: [], sql: () => 'BOOLEAN' },
  CHAR: {
    required: ['size'],
    optional: ['characterSet'],
    sql: (of) => `CHAR(${of.size})${characterSetWords(of.characterSet)}`,
  },
  VARCHAR: {
    required: ['size'],
    optional: ['characterSet'],
    sql: (of) => `VARCHAR(${of.size})${characterSetWords(of.characterSet)}`,
  },
  DATE: { required: [], optional: [], sql: () => 'DATE' },
  DECIMAL: {
    required: ['precision', 'scale'],
    optional: [],
    sql: (of) => `DECIMAL(${of.precision},${of.scale})`,
  },
  DOUBLE: { required: [], optional: [], sql: () => 'DOUBLE PRECISION' },
  GEOMETRY: { required: [], optional: ['srid'], sql: (of) => `GEOMETRY${inBrackets(of.srid)}` },
  HASHTYPE: {
    required: [],
    optional: ['size'],
    sql: (of) => (of.size === undefined ? 'HASHTYPE' : `HASHTYPE(${Number(of.size) / 2} BYTE)`),
  },
  'INTERVAL DAY TO SECOND': {
    required: ['precision', 'fraction'],
    optional: [],
    sql: (of) => `INTERVAL DAY(${of.precision}) TO SECOND(${of.fraction})`,
  },
  'INTERVAL YEAR TO MONTH': {
    required: ['precision'],
    optional: [],
    sql: (of) => `INTERVAL YEAR(${of.precision}) TO MONTH`,
  },
  TIMESTAMP: {
    required: [],
    optional: ['precision'],
    sql: (of) => `TIMESTAMP${inBrackets(of.precision)}`,
  },
  'TIMESTAMP WITH LOCAL TIME ZONE': {
    required: [],
    optional: ['precision'],
    sql: (of) => `TIMESTAMP${inBrackets(of.precision)} WITH LOCAL TIME ZONE`,
  },
};

/** The names of all types, in no order that means anything. */
export const EXASOL_TYPE_NAMES: readonly ExasolTypeName[] = Object.keys(TYPES) as ExasolTypeName[];

/**
 * The type that a `dataType` object of the protocol describes. Properties that the type does not have are dropped: servers
 * send a size with dates, too.
 * @throws ExasolProtocolError for an unknown type, and for one without what it needs
 */
export function readExasolType(json: unknown): ExasolType {
  if (typeof json !== 'object' || json === null) {
    throw new ExasolProtocolError('a column has no data type');
  }
  const sent = json as Readonly<Record<string, unknown>>;
  const name = nameOf(sent);
  const row = TYPES[name];
  const type: Record<string, unknown> = { type: name };
  for (const property of row.required) {
    if (sent[property] === undefined) {
      throw new ExasolProtocolError(`the data type ${name} came without its ${property}`);
    }
    type[property] = readProperty(name, property, sent[property]);
  }
  for (const property of row.optional) {
    const value = sent[property];
    if (value !== undefined && value !== null) {
      type[property] = readProperty(name, property, value);
    }
  }
  return type as unknown as ExasolType;
}

/** The type as a `dataType` object of a request. */
export function writeExasolType(type: ExasolType): Readonly<Record<string, unknown>> {
  return { ...type };
}

/** The type as SQL writes it in a table's definition: `DECIMAL(18,0)`, `VARCHAR(20) ASCII`. */
export function exasolTypeSql(type: ExasolType): string {
  return TYPES[type.type].sql(type as Partial<Record<Property, number | string>>);
}

function nameOf(sent: Readonly<Record<string, unknown>>): ExasolTypeName {
  const { type } = sent;
  if (type === 'TIMESTAMP' && sent.withLocalTimeZone === true) {
    return 'TIMESTAMP WITH LOCAL TIME ZONE';
  }
  if (typeof type !== 'string' || !Object.hasOwn(TYPES, type)) {
    throw new ExasolProtocolError(`the data type ${JSON.stringify(type)} is not known`);
  }
  return type as ExasolTypeName;
}

function readProperty(name: string, property: Property, value: unknown): number | string {
  if (property === 'characterSet') {
    if (value === 'UTF8' || value === 'ASCII') {
      return value;
    }
  } else if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    return value;
  }
  throw new ExasolProtocolError(`${JSON.stringify(value)} is no ${property} of a ${name}`);
}

const characterSetWords = (set: number | string | undefined): string =>
  set === undefined ? '' : ` ${set}`;

const inBrackets = (value: number | string | undefined): string =>
  value === undefined ? '' : `(${value})`;
