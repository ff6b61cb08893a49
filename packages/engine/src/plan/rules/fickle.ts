/**
 * Subqueries over replicated tables that each shard would answer in its own way: rows cut off without an order, values of chance.
 * They are answered once.
 */
import { namesOf, textOf } from '../../sql/tree.js';
import type { Catalog } from '../../topology/catalog.js';
import type { Binding, Block } from '../binder/block.js';
import { blockHoldsShards } from '../spread/from-spread.js';

/** Aggregates that depend on the order of their rows. */
export const ORDERED: ReadonlySet<string> = new Set([
  'array_agg',
  'string_agg',
  'json_agg',
  'jsonb_agg',
  'json_object_agg',
  'jsonb_object_agg',
  'xmlagg',
]);

/** A subquery that must not be answered by each shard for itself; undefined: there is none. */
export function fickleBlock(binding: Binding, catalog: Catalog): Block | undefined {
  for (const block of binding.blocks.values()) {
    if (block === binding.root || block.outerColumns.size > 0 || isArm(block, binding)) continue;
    if (blockHoldsShards(block)) continue;
    if (isFickle(block, catalog)) return block;
  }
  return undefined;
}

function isArm(block: Block, binding: Binding): boolean {
  return [...binding.blocks.values()].some((other) => other.arms?.includes(block));
}

/** Whether a SELECT by itself, without those within it, may give other rows each time. */
export function isFickle(block: Block, catalog: Catalog): boolean {
  const { select } = block;
  const readsRows = block.relations.some(({ source }) => source.kind === 'table');
  const cut = select.limitCount !== undefined || select.limitOffset !== undefined;
  const on = (select.distinctClause ?? []).some((item) => Object.keys(item ?? {}).length > 0);
  if ((cut || on) && (readsRows || block.relations.length > 0)) return true;
  return block.calls.some((call) => {
    const name = textOf(call.funcname?.at(-1));
    const names = namesOf(call.funcname);
    const schema = names.length > 1 ? names[0] : undefined;
    if (readsRows && ORDERED.has(name)) return true;
    return catalog.function(schema, name)?.volatility === 'volatile';
  });
}
