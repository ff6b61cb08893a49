/** Where the rows of a sharded table are, as far as the values of its key say so. */
import { bodyOf, type Node } from '../sql/tree.js';
import { placementOf } from '../topology/placement.js';
import type { Relation } from './binder/block.js';
import { arrayParameter, type Equalities } from './spread/equalities.js';
import type { Split } from './spread/spread.js';
import type { TablePlacement } from './spread/table-placement.js';

/** A caller's parameter as it is sent. */
export type ParameterValue = string | Uint8Array | null;

/** What a plan took from the values of parameters. */
export interface TableSplit {
  /** Whether other values lead to the same shards. */
  readonly holds: (parameters: readonly ParameterValue[]) => boolean;
}

/** Keys that a condition may name for shards to be chosen by; with more, all are asked. */
const MOST_KEYS = 20_000;

/** @param splits gets what each decision hangs on */
export function splitOfTable(
  parameters: readonly ParameterValue[],
  shardCount: number,
  splits: TableSplit[],
): TablePlacement['split'] {
  return (relation, place, equalities): Split => {
    const indexes = place.key.map((name) => catalogIndex(relation, name));
    const key = indexes.map((index) => ({ relation, index }));
    const columns = indexes.map((index) => relation.columns[index]?.catalog);
    const known = columns.filter((column) => column !== undefined);
    const { colocationId, prunable, shardOf } = placementOf(place.table, known, shardCount);
    const values = prunable ? keyValues(key.map((column) => equalities.values(column))) : undefined;
    const types = known.map(({ internalType }) => internalType);
    const choose = (given: readonly ParameterValue[]): readonly number[] | undefined =>
      values && shardsOf(values, types, given, shardOf, shardCount);
    const shards = choose(parameters);
    if (values !== undefined)
      splits.push({ holds: (others) => String(choose(others)) === String(shards) });
    return { kind: 'split', colocation: colocationId, keys: [key], shards };
  };
}

/** The column that the table calls so: an alias may call it otherwise. */
function catalogIndex({ columns }: Relation, name: string): number {
  return columns.findIndex(({ catalog }) => catalog?.name === name);
}

type Values = readonly (readonly Node[])[];

function keyValues(values: readonly ReturnType<Equalities['values']>[]): Values | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** The shards that hold the keys; undefined: they are not known. */
function shardsOf(
  values: Values,
  types: readonly string[],
  parameters: readonly ParameterValue[],
  shardOf: (key: readonly (string | null)[]) => number | undefined,
  shardCount: number,
): readonly number[] | undefined {
  const texts = values.map((nodes, i) => columnTexts(nodes, types[i] as string, parameters));
  if (!texts.every((column) => column !== undefined)) return undefined;
  if (texts.reduce((product, column) => product * column.length, 1) > MOST_KEYS) return undefined;
  const shards = new Set<number>();
  for (const key of combinations(texts)) {
    // NULL equals nothing.
    const shard = key.includes(null) ? undefined : placed(key, shardOf);
    if (shard === undefined && !key.includes(null)) return undefined;
    if (shard !== undefined) shards.add(shard);
    if (shards.size === shardCount) return undefined;
  }
  // Keys that are nowhere: any shard says so.
  return shards.size === 0 ? [0] : [...shards].sort((a, b) => a - b);
}

function placed(
  key: readonly (string | null)[],
  shardOf: (key: readonly (string | null)[]) => number | undefined,
): number | undefined {
  try {
    return shardOf(key);
  } catch (error) {
    // A value that its type cannot have is for the server to say.
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function* combinations(
  columns: readonly (readonly (string | null)[])[],
): Generator<(string | null)[]> {
  const [first, ...rest] = columns;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const value of first) for (const others of combinations(rest)) yield [value, ...others];
}

/** The values that a column is limited to, as texts of its type; undefined where one of them is not plain. */
function columnTexts(
  nodes: readonly Node[],
  type: string,
  parameters: readonly ParameterValue[],
): (string | null)[] | undefined {
  const texts: (string | null)[] = [];
  for (const node of nodes) {
    const own = nodeTexts(node, parameters);
    if (own === undefined) return undefined;
    for (const text of own) {
      const plain = text === null ? null : plainText(text, type);
      if (plain === undefined) return undefined;
      texts.push(plain);
    }
  }
  return texts;
}

function nodeTexts(
  node: Node,
  parameters: readonly ParameterValue[],
): readonly (string | null)[] | undefined {
  const array = arrayParameter(node);
  if (array !== undefined) return arrayTexts(parameterText(array, parameters));
  const constant = bodyOf(node, 'A_Const');
  if (constant === undefined) {
    const text = parameterText(node, parameters);
    return text === undefined ? undefined : [text];
  }
  if (constant.isnull) return [null];
  if (constant.ival !== undefined) return [String(constant.ival.ival ?? 0)];
  if (constant.fval !== undefined) return [constant.fval.fval ?? ''];
  if (constant.sval !== undefined) return [constant.sval.sval ?? ''];
  return undefined;
}

function parameterText(
  node: Node,
  parameters: readonly ParameterValue[],
): string | null | undefined {
  const value = parameters[(bodyOf(node, 'ParamRef')?.number ?? 0) - 1];
  return value === null || typeof value === 'string' ? value : undefined;
}

/** The elements of an array's text, where it is a plain list. */
function arrayTexts(text: string | null | undefined): readonly (string | null)[] | undefined {
  if (text === undefined) return undefined;
  if (text === null) return [null];
  if (text === '{}') return [];
  if (!/^\{(?:"(?:[^"\\]|\\.)*"|[^{}",\\]+)(?:,(?:"(?:[^"\\]|\\.)*"|[^{}",\\]+))*\}$/.test(text))
    return undefined;
  const items = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^,]+/g) ?? [];
  return items.map((item) => {
    if (item.startsWith('"')) return item.slice(1, -1).replace(/\\(.)/g, '$1');
    return item.toUpperCase() === 'NULL' ? null : item.trim();
  });
}

/** Texts whose value does not hang on settings, by type. */
const PLAIN: Readonly<Record<string, RegExp>> = {
  int2: /^[-+]?\d+$/,
  int4: /^[-+]?\d+$/,
  int8: /^[-+]?\d+$/,
  numeric: /^[-+]?\d+(\.\d+)?$/,
  text: /^/,
  varchar: /^/,
  uuid: /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
  date: /^\d{4}-\d\d-\d\d$/,
};

function plainText(text: string, type: string): string | undefined {
  return PLAIN[type]?.test(text) ? text : undefined;
}
