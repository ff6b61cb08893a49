import type { CatalogColumn, CatalogRelation } from './catalog.js';
import type { CatalogAnswer, ColumnRow, Locale, RelationRow } from './catalog-queries.js';
import { quoteName } from './qualified-name.js';

const KINDS: Readonly<Record<string, CatalogRelation['kind']>> = {
  r: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  p: 'partitioned table',
  S: 'sequence',
};

const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

/** `DEFAULT_COLLATION_OID` in src/include/catalog/pg_collation.dat. */
const DEFAULT_COLLATION = 100;

/** Encodings whose bytes sort as those of UTF-8 do: code points in the same order. SQL_ASCII's are taken for UTF-8. */
const CODE_POINT_ENCODINGS: ReadonlySet<string> = new Set(['UTF8', 'LATIN1', 'SQL_ASCII']);

/** Whether texts compare by the bytes of their UTF-8 form. libc's own C.UTF-8 is not trusted: glibc changed it. */
export function isByteOrder({ provider, collate, encoding }: Locale): boolean {
  if (!CODE_POINT_ENCODINGS.has(encoding)) return false;
  if (provider === 'b') return true;
  return (provider ?? 'c') === 'c' && (collate === 'C' || collate === 'POSIX');
}

/** Relations by schema, then by name. */
export function readRelations(
  answer: CatalogAnswer,
  database: Locale,
): Map<string, Map<string, CatalogRelation>> {
  const columnOf = columnReader(answer, database);
  const partitions = partitionRows(answer.relations);
  const schemas = new Map<string, Map<string, CatalogRelation>>();
  for (const row of answer.relations) {
    const [oid, schema, name, relkind, counted, primaryKey, parent, definition, columns] = row;
    const names = schemas.get(schema) ?? new Map<string, CatalogRelation>();
    schemas.set(schema, names);
    names.set(name, {
      oid,
      schema,
      name,
      kind: KINDS[relkind] ?? 'table',
      columns: (columns ?? []).map(columnOf),
      primaryKey: primaryKey ?? undefined,
      // The semicolon would end a statement that the definition is put into.
      definition: definition?.trim().replace(/;$/, ''),
      isSystem: SYSTEM_SCHEMAS.has(schema),
      estimatedRows: relkind === 'p' && counted <= 0 ? sumOf(row, partitions) : counted,
      partitionOf: parent === null ? undefined : { schema: parent[0], name: parent[1] },
    });
  }
  return schemas;
}

function columnReader(
  { domains, collations }: CatalogAnswer,
  database: Locale,
): (row: ColumnRow) => CatalogColumn {
  const domainOf = new Map(domains.map((domain) => [domain[0], domain]));
  const collationOf = new Map(collations.map((collation) => [collation[0], collation]));
  const defaultByteOrder = isByteOrder(database);
  return ([name, typeOid, typeName, ownType, ownModifier, collationOid, notNull, generated]) => {
    let internalType = ownType;
    let typeModifier = ownModifier;
    let domain = domainOf.get(typeOid);
    while (domain !== undefined) {
      internalType = domain[2];
      typeModifier = domain[3];
      domain = domainOf.get(domain[1]);
    }
    const collation = collationOf.get(collationOid);
    const isDefault = collationOid === DEFAULT_COLLATION;
    return {
      name,
      typeOid,
      typeName,
      internalType,
      typeModifier,
      collation:
        collation === undefined || isDefault
          ? undefined
          : `${quoteName(collation[1])}.${quoteName(collation[2])}`,
      byteOrder: isDefault
        ? defaultByteOrder
        : collationOid === 0 || (collation !== undefined && isByteOrder(collation[4])),
      deterministic: isDefault || collationOid === 0 || collation?.[3] === true,
      notNull,
      generated,
    };
  };
}

/** Partitions by their parent's schema and name. */
function partitionRows(rows: readonly RelationRow[]): Map<string, RelationRow[]> {
  const partitions = new Map<string, RelationRow[]>();
  for (const row of rows) {
    const parent = row[6];
    if (parent === null) continue;
    const key = JSON.stringify(parent);
    const siblings = partitions.get(key);
    if (siblings === undefined) partitions.set(key, [row]);
    else siblings.push(row);
  }
  return partitions;
}

function sumOf(row: RelationRow, partitions: ReadonlyMap<string, readonly RelationRow[]>): number {
  const counts = (partitions.get(JSON.stringify([row[1], row[2]])) ?? [])
    .map((part) => (part[3] === 'p' && part[4] <= 0 ? sumOf(part, partitions) : part[4]))
    .filter((count) => count >= 0);
  return counts.length === 0 ? -1 : counts.reduce((sum, count) => sum + count, 0);
}
