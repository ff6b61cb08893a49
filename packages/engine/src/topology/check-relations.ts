import type { CatalogColumn, CatalogRelation } from './catalog.js';
import { type CheckedShard, type CheckProblem, difference } from './check-problem.js';
import { sqlName } from './qualified-name.js';

/** In which ways a relation is not the same on all shards. */
export function relationProblems(
  { schema, name }: CatalogRelation,
  shards: readonly CheckedShard[],
): CheckProblem[] {
  const table = sqlName({ schema, name });
  const relations = shards.map(({ catalog }) => catalog.relation(schema, name));
  const present = relations.filter((relation) => relation !== undefined);
  const report = (
    kind: CheckProblem['kind'],
    what: string,
    values: readonly string[],
    column?: string,
  ): CheckProblem[] => {
    const found = difference(shards, values);
    if (found === undefined) return [];
    const part = column === undefined ? {} : { column };
    const message = `${table}${what} differs: ${found.text}`;
    return [{ kind, table, ...part, shards: found.odd, message }];
  };

  const shape = report(
    'relation',
    '',
    relations.map((relation) => relation?.kind ?? 'missing'),
  );
  if (shape.length > 0) return shape;
  const names = report('relation', "'s list of columns", present.map(columnList));
  if (names.length > 0) return names;
  return [
    ...(present[0]?.columns ?? []).flatMap((column, i) =>
      report(
        'column',
        `: column '${column.name}'`,
        present.map(({ columns }) => columnText(columns[i]!)),
        column.name,
      ),
    ),
    ...report('relation', "'s primary key", present.map(keyText)),
    ...definitionProblem(table, present, shards),
  ];
}

/** Whether all shards have the relation, with columns of the same names. */
export function isComparable(
  { schema, name }: CatalogRelation,
  shards: readonly CheckedShard[],
): boolean {
  const lists = shards.map(({ catalog }) => {
    const relation = catalog.relation(schema, name);
    return relation && columnList(relation);
  });
  return lists[0] !== undefined && lists.every((list) => list === lists[0]);
}

/** Definitions are long: it is enough to say that they differ. */
function definitionProblem(
  table: string,
  relations: readonly CatalogRelation[],
  shards: readonly CheckedShard[],
): CheckProblem[] {
  const found = difference(
    shards,
    relations.map(({ definition }) => definition ?? ''),
  );
  if (found === undefined) return [];
  const message = `${table} is defined otherwise on ${found.odd.join(', ')}`;
  return [{ kind: 'relation', table, shards: found.odd, message }];
}

function columnList({ columns }: CatalogRelation): string {
  return `(${columns.map(({ name }) => name).join(', ')})`;
}

function columnText(column: CatalogColumn): string {
  const { typeName, internalType, typeModifier, collation, deterministic } = column;
  return [
    typeName,
    // A domain's name says nothing of what it is made of.
    `as ${internalType}${typeModifier < 0 ? '' : ` with modifier ${typeModifier}`}`,
    ...(collation === undefined ? [] : [`collate ${collation}`]),
    ...(deterministic ? [] : ['nondeterministic']),
    ...(column.notNull ? ['not null'] : []),
    ...(column.generated ? ['generated'] : []),
  ].join(' ');
}

function keyText({ primaryKey }: CatalogRelation): string {
  return primaryKey === undefined ? 'none' : `(${primaryKey.join(', ')})`;
}
