/** The table of docs/types.md, read back, and what its words mean. */
import { readFileSync } from 'node:fs';

export interface DocumentedType {
  readonly arrow: string;
  readonly value: string;
  readonly arrayValue: string;
}

/** By name. */
export function documentedTypes(): ReadonlyMap<string, DocumentedType> {
  const url = new URL('../../../docs/types.md', import.meta.url);
  const lines = readFileSync(url, 'utf8').split('\n');
  const rows = lines.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  return new Map(
    rows
      .filter((cells) => cells[2] === 'text' || cells[2] === 'binary')
      .map(([, name = '', , , arrow = '', value = '', arrayValue = '']) => [
        name,
        { arrow, value, arrayValue },
      ]),
  );
}

/** Whether a value is what the document's words say. */
export function isDocumented(value: unknown, words: string): boolean {
  const element = /^\(?(.*?)\)?\[\]$/.exec(words)?.[1];
  if (element !== undefined)
    return Array.isArray(value) && leavesOf(value).every((leaf) => isDocumented(leaf, element));
  switch (words) {
    case 'boolean':
    case 'number':
    case 'string':
      return typeof value === words;
    case 'Date or ±Infinity':
      return value instanceof Date || Math.abs(value as number) === Number.POSITIVE_INFINITY;
    case 'Buffer':
      return Buffer.isBuffer(value);
    case 'PostgresInterval':
      return (
        typeof (value as { toISOString?: unknown }).toISOString === 'function' &&
        !(value instanceof Date)
      );
    case '{ x, y }':
      return String(Object.keys(value as object)) === 'x,y';
    case '{ x, y, radius }':
      return String(Object.keys(value as object)) === 'x,y,radius';
    case 'parsed JSON':
      return value === null || ['boolean', 'number', 'string', 'object'].includes(typeof value);
    default:
      throw new Error(`docs/types.md says '${words}', which no test knows`);
  }
}

/** The elements of an array of any dimensions, without NULLs. */
function leavesOf(value: unknown[]): unknown[] {
  return value.flat(Number.POSITIVE_INFINITY).filter((leaf) => leaf !== null);
}
