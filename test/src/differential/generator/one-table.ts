/** FROM with one table in it, or one view. */
import type { FromPart } from './query.js';
import type { Table } from './schema.js';
import { type Scope, scopeOf, type Writer } from './scope.js';

export interface FromClause {
  readonly parts: readonly FromPart[];
  readonly scope: Scope;
}

const SIMPLE = ['sharded table', 'replicated table', 'view of rows', 'view of groups'] as const;

export function oneTable(writer: Writer): FromClause {
  const { choose, schema } = writer;
  const table: Record<(typeof SIMPLE)[number], Table> = {
    'sharded table': choose.pick([schema.together[0], schema.together[1], schema.apart]),
    'replicated table': choose.pick(schema.replicated),
    'view of rows': schema.views[0] as Table,
    'view of groups': schema.views[1] as Table,
  };
  // Sharded tables are what it is about.
  const feature = choose.chance(0.6) ? 'sharded table' : choose.feature(SIMPLE);
  choose.note(feature);
  return fromTable(writer, table[feature]);
}

export function fromTable(writer: Writer, table: Table): FromClause {
  const alias = writer.name('t');
  const part = { join: '', source: table.name, alias, condition: '' };
  return { parts: [part], scope: scopeOf(table, alias) };
}
