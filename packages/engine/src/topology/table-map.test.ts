import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { sampleColumn } from '../testing/sample-placement.js';
import type { Catalog, CatalogRelation } from './catalog.js';
import { bindTables, type TableMap } from './table-map.js';
import { readTables, type TableOption } from './tables.js';

function relation(
  schema: string,
  name: string,
  columns: readonly string[],
  changes: Partial<CatalogRelation> = {},
): CatalogRelation {
  return {
    oid: 0,
    schema,
    name,
    kind: 'table',
    columns: columns.map((column) => sampleColumn('int4', { name: column })),
    primaryKey: undefined,
    definition: undefined,
    isSystem: false,
    estimatedRows: 0,
    ...changes,
  };
}

const RELATIONS = [
  relation('pg_catalog', 'pg_class', ['oid'], { isSystem: true }),
  relation('public', 'flights', ['origin', 'Flight No']),
  relation('public', 'User', ['userId', 'name']),
  relation('app', 'flights', ['k']),
  relation('app', 'My Table', ['k']),
  relation('public', 'parts', ['k', 'v'], { kind: 'partitioned table' }),
  relation('app', 'parts_1', ['k', 'v'], {
    kind: 'partitioned table',
    partitionOf: { schema: 'public', name: 'parts' },
  }),
  relation('public', 'parts_1_a', ['v', 'k'], { partitionOf: { schema: 'app', name: 'parts_1' } }),
  relation('public', 'other', ['k']),
].map((each, i) => ({ ...each, oid: 16_384 + i }));

const catalog: Catalog = {
  searchPath: ['pg_catalog', 'public'],
  defaultCollationByteOrder: true,
  serverVersion: 180_000,
  relation: (schema, name) =>
    (schema === undefined ? ['pg_catalog', 'public'] : [schema])
      .map((each) => RELATIONS.find((one) => one.schema === each && one.name === name))
      .find((found) => found !== undefined),
  function: () => undefined,
};

function bind(
  options: Record<string, TableOption>,
  unlisted: 'refuse' | 'replicated' = 'refuse',
): TableMap {
  return bindTables(readTables(options, 2), catalog, unlisted);
}

function resolve(map: TableMap, schema: string, name: string): unknown {
  const { table: _table, ...place } = {
    table: undefined,
    ...map.resolve(catalog.relation(schema, name)!),
  };
  return place;
}

describe('a relation', () => {
  test('is what its entry says', () => {
    const map = bind({ flights: { key: 'origin' }, 'app."My Table"': 'replicated' });
    expect(resolve(map, 'public', 'flights')).toEqual({ kind: 'sharded', key: ['origin'] });
    expect(resolve(map, 'app', 'My Table')).toEqual({ kind: 'replicated' });
    const place = map.resolve(catalog.relation('public', 'flights')!);
    expect(place).toMatchObject({ table: { option: 'flights', by: 'unknown' } });
  });

  test('of the same name in another schema is another one', () => {
    const map = bind({ 'app.flights': { key: 'k' } });
    expect(resolve(map, 'app', 'flights')).toEqual({ kind: 'sharded', key: ['k'] });
    expect(resolve(map, 'public', 'flights')).toEqual({ kind: 'unlisted' });
  });

  test('without an entry is unlisted, or replicated where the caller says so; the system has its own', () => {
    expect(resolve(bind({}), 'public', 'other')).toEqual({ kind: 'unlisted' });
    expect(resolve(bind({}, 'replicated'), 'public', 'other')).toEqual({ kind: 'replicated' });
    expect(resolve(bind({}, 'replicated'), 'pg_catalog', 'pg_class')).toEqual({ kind: 'system' });
  });

  test('that is a partition is what its table is, unless it has an entry of its own', () => {
    const map = bind({ parts: { key: 'k' } });
    expect(resolve(map, 'app', 'parts_1')).toEqual({ kind: 'sharded', key: ['k'] });
    expect(resolve(map, 'public', 'parts_1_a')).toEqual({ kind: 'sharded', key: ['k'] });
    const own = bind({ parts: { key: 'k' }, 'app.parts_1': 'replicated' });
    expect(resolve(own, 'public', 'parts_1_a')).toEqual({ kind: 'replicated' });
    expect(resolve(own, 'public', 'parts')).toEqual({ kind: 'sharded', key: ['k'] });
  });

  test('and its columns are also found by their exact names, unquoted', () => {
    const map = bind({ User: { key: 'userId' }, Flights: { key: 'Flight No' } });
    expect(resolve(map, 'public', 'User')).toEqual({ kind: 'sharded', key: ['userId'] });
    expect(resolve(map, 'public', 'flights')).toEqual({ kind: 'sharded', key: ['Flight No'] });
    expect(resolve(bind({ '"User"': { key: '"userId"' } }), 'public', 'User')).toEqual({
      kind: 'sharded',
      key: ['userId'],
    });
  });
});

describe('an entry that does not fit', () => {
  test('a key column that there is not is named, with those that there are', () => {
    const map = bind({ flights: { key: ['origin', 'dest'] } });
    const says = "tables.flights.key: there is no column 'dest'. There are: origin, Flight No";
    expect(() => resolve(map, 'public', 'flights')).toThrow(new ConfigurationError(says));
    expect(map.check()).toEqual([{ table: 'flights', column: 'dest', message: says }]);
    expect(resolve(map, 'public', 'other')).toEqual({ kind: 'unlisted' });
  });

  test('a table that there is not is only a problem where one looks for it', () => {
    const map = bind({
      nothing: { key: 'k' },
      'app.none': 'replicated',
      flights: { key: 'origin' },
    });
    expect(resolve(map, 'public', 'flights')).toEqual({ kind: 'sharded', key: ['origin'] });
    expect(map.check().map(({ table, message }) => [table, message])).toEqual([
      ['nothing', 'tables.nothing: there is no such table in the search path (public)'],
      ['app.none', "tables.app.none: there is no such table in the schema 'app'"],
    ]);
  });

  test('two entries of one table are refused when it is used, and found by a check', () => {
    const map = bind({ flights: { key: 'origin' }, 'public.flights': 'replicated' });
    expect(() => resolve(map, 'public', 'flights')).toThrow(
      /'flights' and 'public\.flights' are the same table/,
    );
    expect(map.check().map(({ table }) => table)).toEqual(['public.flights']);
  });
});
