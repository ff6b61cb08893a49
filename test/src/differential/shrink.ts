/** Makes a failing statement smaller, a clause at a time, while it still fails. */
import type { Cte, FromPart, Query, Select } from './generator/query.js';

/**
 * @param fails whether a smaller statement still fails in the same way; one that is no longer valid does not
 * @returns a statement of which no single part can be left out
 */
export async function shrink(
  query: Query,
  fails: (query: Query) => Promise<boolean>,
): Promise<Query> {
  let smallest = query;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of smallerQueries(smallest)) {
      if (await fails(candidate)) {
        smallest = candidate;
        isSmaller = true;
        break;
      }
    }
  }
  return smallest;
}

/** Everything that is this query without one part, the largest parts first. */
export function* smallerQueries(query: Query): Generator<Query> {
  const { ctes, arms, operators, order, tail } = query;
  if (arms.length > 1) {
    for (const arm of arms) yield { ...query, arms: [arm], operators: [] };
    for (const [i] of arms.slice(1).entries()) {
      yield { ...query, arms: without(arms, i + 1), operators: without(operators, i) };
    }
  }
  // What stands inside, alone.
  for (const { source } of arms.flatMap(({ from }) => from)) {
    if (typeof source !== 'string') yield source;
  }
  for (const i of ctes.keys()) yield { ...query, ctes: without(ctes, i) };
  for (const i of tail.keys()) yield { ...query, tail: without(tail, i) };
  // Without its order, DISTINCT ON is free in which rows it gives.
  if (!arms.some(({ distinct }) => distinct.includes('on ('))) {
    for (const i of order.keys()) yield { ...query, order: without(order, i) };
  }
  for (const [i, arm] of arms.entries()) {
    for (const smaller of smallerSelects(arm)) yield { ...query, arms: replaced(arms, i, smaller) };
  }
  for (const [i, cte] of ctes.entries()) {
    for (const smaller of smallerCtes(cte)) yield { ...query, ctes: replaced(ctes, i, smaller) };
  }
}

function* smallerCtes(cte: Cte): Generator<Cte> {
  if (typeof cte.body === 'string') return;
  if (cte.hint !== '') yield { ...cte, hint: '' };
  for (const body of smallerQueries(cte.body)) {
    if (isFixed(body, cte.body)) yield { ...cte, body };
  }
}

function* smallerSelects(select: Select): Generator<Select> {
  const { distinct, targets, from, where, group, having } = select;
  for (const i of from.keys()) yield { ...select, from: without(from, i) };
  for (const i of where.keys()) yield { ...select, where: without(where, i) };
  for (const i of having.keys()) yield { ...select, having: without(having, i) };
  if (distinct !== '') yield { ...select, distinct: '' };
  if (targets.length > 1) {
    for (const i of targets.keys()) yield { ...select, targets: without(targets, i) };
  }
  for (const i of group.keys()) yield { ...select, group: without(group, i) };
  for (const [i, part] of from.entries()) {
    for (const smaller of smallerParts(part)) yield { ...select, from: replaced(from, i, smaller) };
  }
  for (const [i, text] of targets.entries()) {
    for (const smaller of smallerTexts(text))
      yield { ...select, targets: replaced(targets, i, smaller) };
  }
  for (const [i, text] of where.entries()) {
    for (const smaller of smallerTexts(text))
      yield { ...select, where: replaced(where, i, smaller) };
  }
}

function* smallerParts(part: FromPart): Generator<FromPart> {
  if (typeof part.source === 'string') return;
  for (const source of smallerQueries(part.source)) {
    if (isFixed(source, part.source)) yield { ...part, source };
  }
}

/** Whether a query below the top still says which rows its limit leaves. */
const isFixed = (query: Query, before: Query): boolean =>
  query.tail.length === 0 || query.order.length === before.order.length;

/** What stands in parentheses instead of the whole; a filter left out. */
function* smallerTexts(text: string): Generator<string> {
  const name = / as \w+$/.exec(text)?.[0] ?? '';
  const body = text.slice(0, text.length - name.length);
  const filter = body.lastIndexOf(' filter (where ');
  if (filter > 0 && body.endsWith(')')) yield `${body.slice(0, filter)}${name}`;
  const inner = /^[^(]*\((.*)\)[^)]*$/s.exec(body)?.[1];
  if (inner !== undefined && inner !== '') yield `${inner}${name}`;
}

const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, i) => i !== index);
const replaced = <T>(list: readonly T[], index: number, value: T): T[] =>
  list.map((one, i) => (i === index ? value : one));
