/**
 * Rows as JavaScript values, from batches: column by column into small arrays, then row by row into objects of one shape.
 * The constructor of that shape is generated for the columns of the statement, so that every row has the same hidden
 * class and no property is looked up by name.
 */
import type { Batch, Vector } from '@millrace/batch';
import {
  type ColumnDescription,
  type RowRange,
  type TypeChoices,
  type ValueReader,
  valueReader,
} from '@millrace/postgres';

/** One row: an object by column names, or an array in column order. */
export type Row = Record<string, unknown> | unknown[];

/** Rows made at a time: their values stay in the processor's cache between the two passes. */
const BLOCK_ROWS = 256;

export interface RowBuilderOptions {
  readonly rowMode: 'object' | 'array';
  readonly types: TypeChoices;
}

export class RowBuilder {
  readonly #readers: readonly ValueReader[];
  readonly #columns: unknown[][];
  readonly #assemble: RowAssembler;

  constructor(columns: readonly ColumnDescription[], { rowMode, types }: RowBuilderOptions) {
    this.#readers = columns.map((column) => valueReader(column, types));
    // Filled: arrays of any values from the start, so that no number is boxed a second time when it is read back.
    this.#columns = columns.map(() => new Array<unknown>(BLOCK_ROWS).fill(null));
    this.#assemble =
      rowMode === 'array' ? assembleArrays : objectAssembler(columns.map(({ name }) => name));
  }

  /** Appends the rows of a range of a batch. */
  append(batch: Batch, { from, to }: RowRange, rows: Row[]): void {
    const { vectors } = batch;
    for (let start = from; start < to; start += BLOCK_ROWS) {
      const range = { from: start, to: Math.min(start + BLOCK_ROWS, to) };
      for (let column = 0; column < vectors.length; column++) {
        (this.#readers[column] as ValueReader)(
          vectors[column] as Vector,
          range,
          this.#columns[column] as unknown[],
        );
      }
      this.#assemble(this.#columns, range.to - range.from, rows);
    }
  }

  /** All rows of a batch. */
  rows(batch: Batch): Row[] {
    const rows: Row[] = [];
    this.append(batch, { from: 0, to: batch.rowCount }, rows);
    return rows;
  }
}

/** Appends `count` rows whose values lie in `columns`. */
type RowAssembler = (columns: readonly unknown[][], count: number, rows: Row[]) => void;

const assembleArrays: RowAssembler = (columns, count, rows) => {
  for (let i = 0; i < count; i++) {
    const row = new Array<unknown>(columns.length);
    for (let column = 0; column < columns.length; column++)
      row[column] = (columns[column] as unknown[])[i];
    rows.push(row);
  }
};

/** More columns than this and an object literal is no faster than a dictionary. */
const MOST_GENERATED_COLUMNS = 256;

/** Assemblers by their columns' names: one that is used again has been optimised already. The last used come last. */
const assemblers = new Map<string, RowAssembler>();
const MOST_ASSEMBLERS = 256;

function objectAssembler(names: readonly string[]): RowAssembler {
  const key = JSON.stringify(names);
  const assembler = assemblers.get(key) ?? newObjectAssembler(names);
  assemblers.delete(key);
  assemblers.set(key, assembler);
  const [oldest] = assemblers.keys();
  if (assemblers.size > MOST_ASSEMBLERS && oldest !== undefined) assemblers.delete(oldest);
  return assembler;
}

function newObjectAssembler(names: readonly string[]): RowAssembler {
  if (names.length > MOST_GENERATED_COLUMNS) return namedAssembler(names);
  const properties = names.map((name, column) => `${propertyKey(name)}: c${column}[i]`).join(', ');
  const arrays = names.map((_, column) => `const c${column} = columns[${column}];`).join(' ');
  const body = `${arrays} for (let i = 0; i < count; i++) rows.push({ ${properties} });`;
  try {
    return new Function('columns', 'count', 'rows', body) as RowAssembler;
  } catch (error) {
    // Node was started without permission to generate code.
    if (error instanceof EvalError) return namedAssembler(names);
    throw error;
  }
}

/** A plain key in a literal, but for the one that would set the prototype instead. */
function propertyKey(name: string): string {
  return name === '__proto__' ? `['__proto__']` : JSON.stringify(name);
}

function namedAssembler(names: readonly string[]): RowAssembler {
  return (columns, count, rows) => {
    for (let i = 0; i < count; i++) {
      rows.push(
        Object.fromEntries(names.map((name, column) => [name, (columns[column] as unknown[])[i]])),
      );
    }
  };
}
