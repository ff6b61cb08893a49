/**
 * What the cells of a column are in JavaScript. It follows from the column's type alone, never from a value:
 *
 * | type | JavaScript |
 * | --- | --- |
 * | `BOOLEAN` | boolean |
 * | `DECIMAL(p,0)`, p ≤ 15 | number, always exact |
 * | `DECIMAL(p,0)`, p > 15 | bigint |
 * | `DECIMAL(p,s)`, s > 0 | string, as the database writes it: `"0.7"`, without zeros at the end |
 * | `DOUBLE` | number |
 * | `DATE`, `TIMESTAMP…`, `INTERVAL…` | string, in the session's format |
 * | `CHAR`, `VARCHAR`, `HASHTYPE`, `GEOMETRY` | string |
 *
 * NULL is null everywhere. Exasol keeps no empty text: it is NULL.
 */
import { ExasolProtocolError } from '../errors.js';
import type { ExasolType } from './exasol-type.js';

export type ExasolValue = boolean | number | bigint | string | null;

/** Digits that fit a JavaScript number whatever they are: below 2^53 ≈ 9.007 · 10^15. */
const SAFE_DIGITS = 15;

/** Makes a column's cells, as JSON gave them (long integers as strings of digits), what the table above says. In place. */
export type CellReader = (cells: unknown[]) => ExasolValue[];

/** The reader for the cells of a type. @throws ExasolProtocolError from the reader, for a cell that is none of the type */
export function cellReader(type: ExasolType): CellReader {
  switch (type.type) {
    case 'BOOLEAN':
      return (cells) => checked(cells, 'boolean', type);
    case 'DOUBLE':
      return (cells) => readNumbers(cells, type);
    case 'DECIMAL':
      if (type.scale > 0) {
        return (cells) => readDecimals(cells, type.precision, type.scale, type);
      }
      return type.precision > SAFE_DIGITS
        ? (cells) => readIntegers(cells, type)
        : (cells) => readNumbers(cells, type);
    default:
      return (cells) => checked(cells, 'string', type);
  }
}

function checked(cells: unknown[], kind: 'boolean' | 'string', type: ExasolType): ExasolValue[] {
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell !== null && typeof cell !== kind) {
      throw wrongCell(cell, type);
    }
  }
  return cells as ExasolValue[];
}

function readNumbers(cells: unknown[], type: ExasolType): ExasolValue[] {
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell !== null && typeof cell !== 'number') {
      cells[i] = numberOf(cell, type);
    }
  }
  return cells as ExasolValue[];
}

function numberOf(cell: unknown, type: ExasolType): number {
  const value = typeof cell === 'string' && cell !== '' ? Number(cell) : Number.NaN;
  if (Number.isNaN(value)) {
    throw wrongCell(cell, type);
  }
  return value;
}

function readIntegers(cells: unknown[], type: ExasolType): ExasolValue[] {
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === null) {
      continue;
    }
    const sound = typeof cell === 'string' ? INTEGER.test(cell) : Number.isSafeInteger(cell);
    if (!sound) {
      throw wrongCell(cell, type);
    }
    cells[i] = BigInt(cell as string | number);
  }
  return cells as ExasolValue[];
}

const INTEGER = /^-?\d+$/;

/** A decimal that came as a number is taken only if the number can hold it. */
function readDecimals(
  cells: unknown[],
  precision: number,
  scale: number,
  type: ExasolType,
): ExasolValue[] {
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === null || typeof cell === 'string') {
      continue;
    }
    if (typeof cell !== 'number' || (precision > SAFE_DIGITS && !Number.isSafeInteger(cell))) {
      throw wrongCell(cell, type);
    }
    cells[i] = decimalText(cell, scale);
  }
  return cells as ExasolValue[];
}

/** A number's digits without an exponent: JavaScript writes 0.0000001 as `1e-7`. */
function decimalText(value: number, scale: number): string {
  const plain = String(value);
  return plain.includes('e') ? value.toFixed(scale).replace(/\.?0+$/, '') : plain;
}

function wrongCell(cell: unknown, type: ExasolType): ExasolProtocolError {
  return new ExasolProtocolError(`a cell of type ${type.type} came as ${typeof cell}`);
}
