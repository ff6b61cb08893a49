/** Ways through a parse tree. Children are visited in the order of the tree's keys, which is that of the text but for details. */
import { isNode, kindOf, type Node, type SelectStmt } from './tree.js';

/** What a visit answers: false to leave the node's children out. */
export type Visit = (
  kind: string,
  body: Record<string, unknown>,
  node: Node,
) => boolean | undefined;

/** Visits a node and all below it. Takes any part of a tree: a node, a list, a bare statement. */
export function walk(part: unknown, visit: Visit): void {
  if (typeof part !== 'object' || part === null) return;
  if (Array.isArray(part)) {
    for (const item of part) walk(item, visit);
    return;
  }
  if (isNode(part)) {
    const kind = kindOf(part);
    const body = (part as Record<string, unknown>)[kind] as Record<string, unknown>;
    if (visit(kind, body, part) !== false) walkChildren(body, visit);
    return;
  }
  walkChildren(part as Record<string, unknown>, visit);
}

function walkChildren(body: Record<string, unknown>, visit: Visit): void {
  for (const key in body) {
    const child = body[key];
    if (typeof child === 'object' && child !== null) walk(child, visit);
  }
}

/** What a replacement answers: another node, or undefined to go on below this one. */
export type Replace = (kind: string, body: Record<string, unknown>, node: Node) => Node | undefined;

/** A tree with some nodes replaced, from the top down. What has not changed is shared. */
export function replaceNodes<Part>(part: Part, replace: Replace): Part {
  return replaceIn(part, replace) as Part;
}

function replaceIn(part: unknown, replace: Replace): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) {
    let changed: unknown[] | undefined;
    for (let i = 0; i < part.length; i++) {
      const item = replaceIn(part[i], replace);
      if (item !== part[i]) {
        changed ??= part.slice();
        changed[i] = item;
      }
    }
    return changed ?? part;
  }
  if (isNode(part)) {
    const kind = kindOf(part);
    const body = (part as Record<string, unknown>)[kind] as Record<string, unknown>;
    const replaced = replace(kind, body, part);
    if (replaced !== undefined) return replaced;
  }
  return replaceChildren(part as Record<string, unknown>, replace);
}

function replaceChildren(body: Record<string, unknown>, replace: Replace): Record<string, unknown> {
  let changed: Record<string, unknown> | undefined;
  for (const key in body) {
    const child = body[key];
    if (typeof child !== 'object' || child === null) continue;
    const replaced = replaceIn(child, replace);
    if (replaced !== child) {
      changed ??= { ...body };
      changed[key] = replaced;
    }
  }
  return changed ?? body;
}

/** Keys that say where something stands, not what it is. */
const PLACES = new Set([
  'location',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_len',
  'stmt_location',
  'list_start',
  'list_end',
]);

/** A text that two parts of trees have in common if they mean the same, wherever they stand. `name` may write a node itself. */
export function treeText(part: unknown, name?: (node: Node) => string | undefined): string {
  if (typeof part !== 'object' || part === null) return JSON.stringify(part) ?? 'null';
  if (Array.isArray(part)) return `[${part.map((item) => treeText(item, name)).join(',')}]`;
  const own = name !== undefined && isNode(part) ? name(part) : undefined;
  if (own !== undefined) return own;
  const entries = Object.entries(part)
    .filter(([key, value]) => !PLACES.has(key) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}:${treeText(value, name)}`).join(',')}}`;
}

/** A tree with one part of it, wherever it is met, replaced. */
export function replacePart<Part>(tree: Part, part: object, by: object): Part {
  const replace = (value: unknown): unknown => {
    if (value === part) return by;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      const items = value.map(replace);
      return items.some((item, i) => item !== value[i]) ? items : value;
    }
    let changed: Record<string, unknown> | undefined;
    for (const [key, child] of Object.entries(value)) {
      const replaced = replace(child);
      if (replaced === child) continue;
      changed ??= { ...value };
      changed[key] = replaced;
    }
    return changed ?? value;
  };
  return replace(tree) as Part;
}

/** A tree with each SELECT in it, arms of set operations among them, mapped: from the inside out. */
export function mapSelects<Part>(tree: Part, map: (select: SelectStmt) => SelectStmt): Part {
  const visit = (value: unknown, isSelect: boolean): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      const items = value.map((item) => visit(item, false));
      return items.some((item, i) => item !== value[i]) ? items : value;
    }
    let changed: Record<string, unknown> | undefined;
    for (const [key, child] of Object.entries(value)) {
      const inner = visit(child, key === 'SelectStmt' || key === 'larg' || key === 'rarg');
      if (inner === child) continue;
      changed ??= { ...value };
      changed[key] = inner;
    }
    const result = changed ?? value;
    return isSelect ? map(result as SelectStmt) : result;
  };
  return visit(tree, false) as Part;
}
