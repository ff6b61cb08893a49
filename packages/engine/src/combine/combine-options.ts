/** What `combineStreams` is told, and the check of it before anything is pulled. */
import type { Batch } from '@millrace/batch';
import { ConfigurationError } from '../errors.js';
import { COMBINE_AGGREGATES, type CombineAggregate } from './combine-aggregates.js';

/** A key of the order that rows come out in. */
export interface CombineOrder {
  /** Name of the column. */
  readonly column: string;
  /** Default false. */
  readonly descending?: boolean;
  /** Default as PostgreSQL's: NULLs last, and first where the order is descending. */
  readonly nullsFirst?: boolean;
}

/** Columns go by the names that the first stream with rows gives them. */
export interface CombineOptions {
  /** One row for each combination of these columns' values; NULL equals NULL. */
  readonly groupBy?: readonly string[];
  /** How the other columns' values become one. Without `groupBy` all rows are one group. */
  readonly aggregates?: Readonly<Record<string, CombineAggregate>>;
  /** Equal rows once: as `groupBy` of all columns. Default false. */
  readonly distinct?: boolean;
  readonly orderBy?: readonly (string | CombineOrder)[];
  /** Rows at most. Default: all. */
  readonly limit?: number;
  /** Rows passed over first. Default 0. */
  readonly offset?: number;
  /** Rows of a batch at most. Default 65,536. */
  readonly batchRows?: number;
  /** Ends the call and all streams. */
  readonly signal?: AbortSignal;
  /** Ends them after so long. Default: no limit. */
  readonly timeoutMs?: number;
}

/** The same, checked. */
export interface CombinePlan {
  /** Undefined: rows stay as they are. `all`: by all columns. */
  readonly groupBy: readonly string[] | 'all' | undefined;
  readonly aggregates: ReadonlyMap<string, CombineAggregate>;
  readonly orderBy: readonly Required<CombineOrder>[];
  readonly limit: number | undefined;
  readonly offset: number;
  readonly batchRows: number;
}

const OPTIONS: Readonly<Record<keyof CombineOptions, true>> = {
  groupBy: true,
  aggregates: true,
  distinct: true,
  orderBy: true,
  limit: true,
  offset: true,
  batchRows: true,
  signal: true,
  timeoutMs: true,
};

/** @throws ConfigurationError */
export function checkStreams(streams: unknown): asserts streams is readonly AsyncIterable<Batch>[] {
  if (!Array.isArray(streams) || streams.length === 0) {
    throw wrong('takes a list of streams: [db.stream(…), exa.stream(…)]');
  }
  for (const [i, stream] of streams.entries()) {
    const isStream =
      typeof stream === 'object' && stream !== null && Symbol.asyncIterator in stream;
    if (!isStream) throw wrong(`streams[${i}] must be a stream of batches: db.stream(…)`);
    if (streams.indexOf(stream) < i) throw wrong(`streams[${i}] is in the list twice`);
  }
}

/** @throws ConfigurationError */
export function readCombineOptions(options: CombineOptions): CombinePlan {
  if (typeof options !== 'object' || options === null) throw wrong('options must be an object');
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) {
    throw wrong(`there is no option '${unknown}': there are ${Object.keys(OPTIONS).join(', ')}`);
  }
  const aggregates = readAggregates(options.aggregates);
  return {
    groupBy: readGroups(options, aggregates),
    aggregates: new Map(Object.entries(aggregates ?? {})),
    orderBy: readOrder(options.orderBy),
    limit: options.limit === undefined ? undefined : count('limit', options.limit, 0),
    offset: count('offset', options.offset ?? 0, 0),
    batchRows: count('batchRows', options.batchRows ?? 65_536, 1),
  };
}

function readGroups(
  { groupBy, distinct = false }: CombineOptions,
  aggregates: CombineOptions['aggregates'],
): CombinePlan['groupBy'] {
  if (typeof distinct !== 'boolean') throw wrong("'distinct' must be true or false");
  if (groupBy !== undefined) checkNames('groupBy', groupBy);
  if (distinct) {
    if (groupBy === undefined && aggregates === undefined) return 'all';
    throw wrong("'distinct' groups by all columns: it goes without groupBy and aggregates");
  }
  if (groupBy === undefined) return aggregates === undefined ? undefined : [];
  const both = groupBy.find((name) => Object.hasOwn(aggregates ?? {}, name));
  if (both !== undefined) throw wrong(`column '${both}' is in groupBy and in aggregates`);
  if (groupBy.length === 0 && aggregates === undefined) throw wrong("'groupBy' has no column");
  return groupBy;
}

function readAggregates(aggregates: unknown): CombineOptions['aggregates'] {
  if (aggregates === undefined) return undefined;
  if (typeof aggregates !== 'object' || aggregates === null || Array.isArray(aggregates)) {
    throw wrong("'aggregates' must be an object: { total: 'sum' }");
  }
  for (const [column, name] of Object.entries(aggregates)) {
    if (typeof name === 'string' && Object.hasOwn(COMBINE_AGGREGATES, name)) continue;
    const known = Object.keys(COMBINE_AGGREGATES).join(', ');
    const hint = name === 'count' ? '; the count of all rows is the sum of counts' : '';
    throw wrong(`aggregates.${column}: there are ${known}${hint}`);
  }
  if (Object.keys(aggregates).length === 0) throw wrong("'aggregates' has no column");
  return aggregates as CombineOptions['aggregates'];
}

function readOrder(orderBy: unknown): readonly Required<CombineOrder>[] {
  if (orderBy === undefined) return [];
  if (!Array.isArray(orderBy)) throw wrong("'orderBy' must be a list: [{ column: 'total' }]");
  return orderBy.map((key: unknown, i) => {
    const order = (typeof key === 'string' ? { column: key } : key) as Partial<CombineOrder> | null;
    const { column, descending = false, nullsFirst = descending } = order ?? {};
    if (typeof column !== 'string') throw wrong(`orderBy[${i}] must have the name of a column`);
    if (typeof descending !== 'boolean' || typeof nullsFirst !== 'boolean') {
      throw wrong(`orderBy[${i}]: 'descending' and 'nullsFirst' must be true or false`);
    }
    return { column, descending, nullsFirst };
  });
}

function checkNames(option: string, names: unknown): void {
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw wrong(`'${option}' must be a list of columns' names`);
  }
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw wrong(`column '${twice}' is in ${option} twice`);
}

function count(option: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw wrong(`'${option}' must be a whole number from ${least}`);
}

function wrong(what: string): ConfigurationError {
  return new ConfigurationError(`combineStreams: ${what}`);
}
