/** The statement that gives all there is of a type: its values and NULLs, alone, in a domain, and in arrays. */
import type { TypeSample } from './type-samples.js';

export interface TypeStatement {
  readonly sql: string;
  /** To be run before, once. */
  readonly setup: string;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name for the domain over the `index`-th type. */
export const domainName = (index: number): string => `domain_${index}`;

/** Rows of every value, each between NULLs. */
export function valueRows({ type }: TypeSample, values: readonly string[]): string {
  const rows = [null, ...values.flatMap((value) => [value, null])].map(
    (value, i) => `(${i}, ${value === null ? 'null' : `${quoted(value)}`}::text)`,
  );
  return `select i, v::${type} as v from (values ${rows.join(', ')}) t (i, v)`;
}

/**
 * Columns: the value; the same as a domain; an array of it and its neighbours (NULLs among them); of two dimensions; with
 * lower bounds; empty; one NULL in it; and an array of the domain.
 */
export function typeStatement(sample: TypeSample, index: number): TypeStatement {
  const { type, values, special = [] } = sample;
  const domain = domainName(index);
  const all = valueRows(sample, [...values, ...special]);
  const sql = `with given as (${all}),
      lists as (select i, v, array[lag(v) over (order by i), v, lead(v) over (order by i), v] as list from given)
    select i, v as value, v::${domain} as domain, list,
      array[list, list] as nested,
      ('[-1:2]=' || list::text)::${arrayType(type)} as bounded,
      '{}'::${arrayType(type)} as empty,
      array[null]::${arrayType(type)} as nothing,
      array[v::${domain}, null] as domains
    from lists order by i`;
  return { sql, setup: `create domain ${domain} as ${type}` };
}

/** `interval day to second(2)` has its brackets behind it, too. */
function arrayType(type: string): string {
  return `${type}[]`;
}
