/** Which rows lie on which shard. All rows with the same key lie together, those without a key, too. */
import type { ConnectOptions } from '@millrace/engine';

/**
 * `hash`: spread. `partition`: as PostgreSQL's hash partitioning. `one`: all on the last shard. `gap`: shard 0 is empty. `list`: on
 * the shard whose number the key is.
 */
export type Placement = 'hash' | 'partition' | 'one' | 'gap' | 'list';

/** Statements that take from a copy of all tables what does not belong to a shard. */
export function keepShard(
  tables: NonNullable<ConnectOptions['tables']>,
  placement: Placement,
  shard: number,
  count: number,
): string {
  return Object.entries(tables)
    .flatMap(([table, option]) =>
      option === 'replicated'
        ? []
        : [deleteOthers(table, [option.key].flat(), placement, shard, count)],
    )
    .join(';');
}

function deleteOthers(
  table: string,
  key: readonly string[],
  placement: Placement,
  shard: number,
  count: number,
): string {
  if (placement === 'partition') return deleteOtherPartitions(table, key, shard, count);
  // Equal keys hash alike: the function is that of hash joins over rows.
  const hash = `abs(hash_record_extended(row(${key.map(quoted).join(', ')}), 7) % 1000003)`;
  const places = {
    hash: `${hash} % ${count}`,
    one: String(count - 1),
    list: quoted(key[0] as string),
    gap: `1 + ${hash} % ${Math.max(count - 1, 1)}`,
  } as const;
  const place = count === 1 ? '0' : places[placement];
  return `delete from ${table} where ${place} <> ${shard}`;
}

function deleteOtherPartitions(
  table: string,
  key: readonly string[],
  shard: number,
  count: number,
): string {
  const columns = key.map(quoted).join(', ');
  return `create table placement as select ${columns} from ${table} limit 0;
    create table partitioned_placement (like placement) partition by hash (${columns});
    delete from ${table} where not satisfies_hash_partition(
      'partitioned_placement'::regclass, ${count}, ${shard}, ${columns});
    drop table placement, partitioned_placement`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
