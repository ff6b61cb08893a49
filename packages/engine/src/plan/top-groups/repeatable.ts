/** Whether a SELECT gives the same rows again in the same snapshot: the rounds of a plan each compute them anew. */
import { type Node, namesOf, type SelectStmt } from '../../sql/tree.js';
import { mapSelects, walk } from '../../sql/walk.js';
import type { Catalog } from '../../topology/catalog.js';
import { ORDERED } from '../rules/fickle.js';

/** Undone by chance, and by what PostgreSQL leaves open: which rows LIMIT or DISTINCT ON keeps, how equal rows are numbered. */
export function isRepeatable(select: SelectStmt, catalog: Catalog): boolean {
  let repeatable = true;
  mapSelects({ SelectStmt: select } as Node, (each) => {
    const on = (each.distinctClause ?? []).some((item) => Object.keys(item ?? {}).length > 0);
    if (on || each.limitCount !== undefined || each.limitOffset !== undefined) repeatable = false;
    return each;
  });
  walk(select, (kind, body) => {
    if (kind === 'RangeTableSample') repeatable = false;
    if (kind !== 'FuncCall') return;
    const names = namesOf(body.funcname as Node[]);
    const name = names.at(-1) ?? '';
    const known = catalog.function(names.length > 1 ? names[0] : undefined, name);
    if (body.over !== undefined || ORDERED.has(name) || known?.volatility === 'volatile')
      repeatable = false;
  });
  return repeatable;
}
