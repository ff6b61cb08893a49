/** Whether all shards mean the same by a statement, before any of them runs it. */
import {
  type ColumnDescription,
  FIRST_USER_OID,
  postgresTypeName,
  type StatementDescription,
} from '@millrace/postgres';
import type { Described } from '@millrace/worker';
import { ShardError, SqlError } from '../errors.js';
import type { ExecutionPart } from './execution-part.js';

interface ShardDescription {
  readonly shard: string;
  readonly described: Described;
}

/**
 * What the shards of all parts say of the statement, if they agree.
 *
 * @param parts present ones, described
 * @throws ShardError, SqlError: see `agreeOnColumns`
 */
export function agree(
  parts: readonly ExecutionPart[],
  parameterCount: number,
): StatementDescription {
  const descriptions = parts.map(({ shard, described }) => ({
    shard: shard.name,
    described: described as Described,
  }));
  const columns = agreeOnColumns(descriptions, parameterCount);
  const { parameters } = (descriptions[0] as ShardDescription).described;
  return { parameters, columns };
}

/**
 * The columns that all shards agree on: as many, of the same names and types, in the same order. User-defined types are
 * compared by name, because their OIDs differ from server to server.
 *
 * @throws ShardError naming the shard, the column and both types
 * @throws SqlError when there are more or fewer parameters than the statement takes
 */
function agreeOnColumns(
  descriptions: readonly ShardDescription[],
  parameterCount: number,
): readonly ColumnDescription[] {
  const first = descriptions[0] as ShardDescription;
  checkParameters(first, parameterCount);
  for (const other of descriptions.slice(1)) compare(first, other);
  return first.described.columns;
}

function checkParameters({ shard, described }: ShardDescription, given: number): void {
  const taken = described.parameters.length;
  if (taken === given) return;
  const message = `The statement takes ${taken} parameter${taken === 1 ? '' : 's'}, ${given} ${given === 1 ? 'was' : 'were'} given`;
  throw new SqlError({ message, code: '08P01' }, { shard });
}

function compare(first: ShardDescription, other: ShardDescription): void {
  const expected = first.described.columns;
  const columns = other.described.columns;
  if (columns.length !== expected.length) {
    throw differs(
      other,
      `answers with ${columns.length} columns where shard '${first.shard}' has ${expected.length}`,
    );
  }
  columns.forEach((column, i) => {
    const model = expected[i] as ColumnDescription;
    if (column.name !== model.name) {
      throw differs(
        other,
        `column ${i + 1} is named "${column.name}" where shard '${first.shard}' has "${model.name}"`,
      );
    }
    const type = typeOf(column, other.described);
    const modelType = typeOf(model, first.described);
    if (type !== modelType) {
      throw differs(
        other,
        `column "${column.name}" is of type ${type} where shard '${first.shard}' has ${modelType}`,
      );
    }
  });
}

function typeOf(
  { dataTypeID, dataTypeModifier }: ColumnDescription,
  { typeNames }: Described,
): string {
  if (dataTypeID >= FIRST_USER_OID) return typeNames.get(dataTypeID) ?? `type ${dataTypeID}`;
  const name = postgresTypeName(dataTypeID, dataTypeModifier);
  // A type modifier that the name does not show (timestamp(3)) still tells two types apart.
  return dataTypeModifier >= 0 && !name.includes('(')
    ? `${name}, modifier ${dataTypeModifier}`
    : name;
}

function differs({ shard }: ShardDescription, what: string): ShardError {
  return new ShardError(shard, `${what}: the shards' schemas must be the same`, {
    code: 'MILLRACE_SCHEMA_DRIFT',
  });
}
