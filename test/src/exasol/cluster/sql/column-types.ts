/** The columns of a result: PostgreSQL's types as Exasol describes them, and values as Exasol's JSON and CSV write them. */
import type { FieldDef } from 'pg';
import { Digits, type Json } from '../session/json-writer.js';
import { swapName } from './names.js';

export interface DataType {
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly size?: number;
  readonly characterSet?: 'UTF8' | 'ASCII';
  readonly withLocalTimeZone?: boolean;
  readonly fraction?: number;
  readonly [more: string]: Json | undefined;
}

export interface Column {
  readonly name: string;
  readonly dataType: DataType;
  /** The value as text, as CSV has it too; undefined for NULL, which the empty string is as well. */
  readonly text: (postgres: string) => string | undefined;
  readonly json: (text: string) => Json;
}

const asIs = (value: string): string => value;
const digits = (value: string): Json => new Digits(value);
const notEmpty = (value: string): string | undefined => (value === '' ? undefined : value);

const textType = (size: number, type: 'VARCHAR' | 'CHAR' = 'VARCHAR'): DataType => ({
  type,
  size,
  characterSet: 'UTF8',
});

type Description = Omit<Column, 'name'>;

export function describeColumn(
  field: Pick<FieldDef, 'name' | 'dataTypeID' | 'dataTypeModifier'>,
): Column {
  return { name: swapName(field.name), ...describeType(field.dataTypeID, field.dataTypeModifier) };
}

/** By PostgreSQL's numbers of types (`pg_type.dat`). */
export function describeType(oid: number, modifier: number): Description {
  const size = modifier - 4;
  switch (oid) {
    case 16:
      return { dataType: { type: 'BOOLEAN' }, text: asIs, json: (value) => value === 't' };
    case 21:
      return decimal(5, 0);
    case 23:
      return decimal(10, 0);
    case 20:
    case 26:
      return decimal(18, 0);
    case 1700:
      return modifier < 0 ? decimal(36, 18) : decimal(size >> 16, size & 0x7ff);
    case 700:
    case 701:
      return { dataType: { type: 'DOUBLE' }, text: finite, json: digits };
    case 1082:
      return { dataType: { type: 'DATE', size: 4 }, text: asIs, json: asIs };
    case 1114:
    case 1184:
      return {
        dataType: {
          type: oid === 1114 ? 'TIMESTAMP' : 'TIMESTAMP WITH LOCAL TIME ZONE',
          withLocalTimeZone: oid === 1184,
          size: 16,
        },
        text: microseconds,
        json: asIs,
      };
    case 1186:
      return interval(modifier);
    case 2950:
      return {
        dataType: { type: 'HASHTYPE', size: 32 },
        text: (value) => value.replaceAll('-', ''),
        json: asIs,
      };
    case 1042:
      return { dataType: textType(modifier < 0 ? 1 : size, 'CHAR'), text: notEmpty, json: asIs };
    case 19:
      return { dataType: textType(128), text: notEmpty, json: asIs };
    default:
      return {
        dataType: textType(modifier < 0 || oid !== 1043 ? 2_000_000 : size),
        text: notEmpty,
        json: asIs,
      };
  }
}

/** Up to 18 digits are a number in JSON, anything else is a string without zeros at its end. */
function decimal(precision: number, scale: number): Description {
  const dataType = { type: 'DECIMAL', precision: Math.min(precision, 36), scale };
  return scale === 0 && precision <= 18
    ? { dataType, text: asIs, json: digits }
    : { dataType, text: trimZeros, json: asIs };
}

/** `0.70000` is `0.7`, `.70` does not occur, `5.000` is `5`. */
export const trimZeros = (value: string): string =>
  value.includes('.') ? value.replace(/\.?0+$/, '') : value;

/** Exasol's DOUBLE has neither NaN nor infinity: they are NULL. */
const finite = (value: string): string | undefined => (/^-?\d/.test(value) ? value : undefined);

/** `2020-01-01 12:00:00.9+00` with six digits and without a zone. */
function microseconds(value: string): string {
  const [seconds, fraction = ''] = value.replace(/[+-]\d\d(:\d\d)*$/, '').split('.');
  return `${seconds}.${fraction.padEnd(6, '0')}`;
}

/** `intervalstyle` is `sql_standard`: `3 10:59:59.123`, `-1-2`. Years and months are the fields 2 and 1 of the mask. */
function interval(modifier: number): Description {
  const mask = modifier < 0 ? 0 : (modifier >> 16) & 0x7fff;
  if (mask !== 0 && (mask & ~0b110) === 0)
    return {
      dataType: { type: 'INTERVAL YEAR TO MONTH', precision: 2 },
      text: yearsToMonths,
      json: asIs,
    };
  return {
    dataType: { type: 'INTERVAL DAY TO SECOND', precision: 2, fraction: 3 },
    text: daysToSeconds,
    json: asIs,
  };
}

function yearsToMonths(value: string): string {
  const [, sign = '', years = '0', months = '0'] = /^([+-]?)(\d+)-(\d+)$/.exec(value) ?? [];
  return `${sign === '-' ? '-' : '+'}${years.padStart(9, '0')}-${months.padStart(2, '0')}`;
}

function daysToSeconds(value: string): string {
  const [, sign, days = '0', hours = '0', rest = '00:00', fraction = ''] =
    /^([+-]?)(?:(\d+) )?(?:(\d+):(\d\d:\d\d)(?:\.(\d+))?)?$/.exec(value) ?? [];
  const time = `${hours.padStart(2, '0')}:${rest}.${fraction.padEnd(9, '0')}`;
  return `${sign === '-' ? '-' : '+'}${days.padStart(9, '0')} ${time}`;
}
