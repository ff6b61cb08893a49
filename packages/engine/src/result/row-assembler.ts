/**
 * Makes rows of one shape from columns of values. The code is generated for the columns of the statement, so that every
 * row has the same hidden class and no property is looked up by name.
 */

/** One row: an object by column names, or an array in column order. */
export type Row = Record<string, unknown> | unknown[];

/** `count` rows, whose values lie in `columns`. */
export type RowAssembler = (columns: readonly unknown[][], count: number) => Row[];

/** More columns than this and a generated object is no faster than a dictionary. */
const MOST_GENERATED_COLUMNS = 256;

/** Assemblers by their columns' names: one that is used again has been optimised already. The last used come last. */
const assemblers = new Map<string, RowAssembler>();
const MOST_ASSEMBLERS = 256;

export function rowAssembler(names: readonly string[], rowMode: 'object' | 'array'): RowAssembler {
  if (rowMode === 'array') return assembleArrays;
  const key = JSON.stringify(names);
  const assembler = assemblers.get(key) ?? objectAssembler(names);
  assemblers.delete(key);
  assemblers.set(key, assembler);
  const [oldest] = assemblers.keys();
  if (assemblers.size > MOST_ASSEMBLERS && oldest !== undefined) assemblers.delete(oldest);
  return assembler;
}

const assembleArrays: RowAssembler = (columns, count) => {
  const rows = new Array<unknown[]>(count);
  for (let i = 0; i < count; i++) {
    const row = new Array<unknown>(columns.length);
    for (let column = 0; column < columns.length; column++)
      row[column] = (columns[column] as unknown[])[i];
    rows[i] = row;
  }
  return rows;
};

function objectAssembler(names: readonly string[]): RowAssembler {
  // Of two columns of one name the last is read, as by `pg`.
  const columns = new Map(names.map((name, column) => [name, column]));
  // What all objects inherit (`__proto__` above all) cannot be set by assigning to it.
  const inherits = names.some((name) => name in Object.prototype);
  if (columns.size > MOST_GENERATED_COLUMNS || inherits) return assembleByName(names);
  try {
    return generateAssembler(columns);
  } catch (error) {
    // Node was started without permission to generate code.
    if (error instanceof EvalError) return assembleByName(names);
    throw error;
  }
}

/**
 * Rows come from a constructor, not from a literal: V8 counts how many objects of a literal survive, and then makes them
 * in its old generation, from where their young values have to be remembered (see row-builder.ts). Objects of a
 * constructor are not counted. With `Object.prototype` as their prototype they are what literals are.
 */
function generateAssembler(columns: ReadonlyMap<string, number>): RowAssembler {
  const used = [...columns.values()];
  const parameters = used.map((column) => `v${column}`).join(', ');
  const stores = Array.from(
    columns,
    ([name, column]) => `this[${JSON.stringify(name)}] = v${column};`,
  );
  const arrays = used.map((column) => `const c${column} = columns[${column}];`).join(' ');
  const values = used.map((column) => `c${column}[i]`).join(', ');
  const body = `
    function Row(${parameters}) { ${stores.join(' ')} }
    Row.prototype = Object.prototype;
    // Fields that have held a small integer and an object take any value as it is: no number is boxed again.
    new Row(${used.map(() => '0').join(', ')});
    new Row(${used.map(() => 'null').join(', ')});
    return (columns, count) => {
      ${arrays}
      const rows = new Array(count);
      for (let i = 0; i < count; i++) rows[i] = new Row(${values});
      return rows;
    };`;
  return (new Function(body) as () => RowAssembler)();
}

function assembleByName(names: readonly string[]): RowAssembler {
  return (columns, count) =>
    Array.from({ length: count }, (_, i) =>
      Object.fromEntries(names.map((name, column) => [name, (columns[column] as unknown[])[i]])),
    );
}
