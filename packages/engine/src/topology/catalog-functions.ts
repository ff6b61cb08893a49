import type { CatalogFunction } from './catalog.js';
import type { FunctionRow } from './catalog-queries.js';

const VOLATILITIES = { i: 'immutable', s: 'stable', v: 'volatile' } as const;

/**
 * Functions by name. Those of several schemas are taken together, as PostgreSQL looks through all of them.
 *
 * @param rows one or two a name and schema: a user may add to what came with PostgreSQL
 */
export function readFunctions(
  rows: readonly FunctionRow[],
): (schemas: readonly string[], name: string) => CatalogFunction | undefined {
  const byName = new Map<string, [schema: string, flags: string][]>();
  for (const [schema, name, flags] of rows) {
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [[schema, flags]]);
    else known.push([schema, flags]);
  }
  return (schemas, name) => {
    const flags = (byName.get(name) ?? [])
      .filter(([schema]) => schemas.includes(schema))
      .map(([, each]) => each);
    return flags.length === 0 ? undefined : together(flags);
  };
}

function together(flags: readonly string[]): CatalogFunction {
  const some = (letter: string): boolean => flags.some((each) => each.includes(letter, 1));
  const worst = (['v', 's', 'i'] as const).find((each) => flags.some(([first]) => first === each));
  return {
    volatility: VOLATILITIES[worst ?? 'v'],
    isAggregate: some('a'),
    isWindow: some('w'),
    returnsSet: some('r'),
    strict: flags.every((each) => each.includes('t', 1)),
    userDefined: some('u'),
  };
}
