import pg from 'pg';
import { gatherColumns, gatherTable } from './gather-columns.js';

/** How much of the gather table one shard holds. */
export interface ShardPart {
  /** This shard's place, from 0. */
  readonly shard: number;
  readonly shards: number;
  /** Rows on this shard. */
  readonly rows: number;
}

/**
 * Creates the gather table in the database behind `url` and fills it with this shard's part. Ids are dealt in turn:
 * row i of shard s has id i × shards + s, so ids are unique over all shards.
 */
export async function fillShard(url: string, part: ShardPart): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(createTable());
    await client.query(fillTable(part));
    await client.query(`alter table ${gatherTable} add primary key (id)`);
    await client.query(`vacuum (freeze, analyze) ${gatherTable}`);
  } finally {
    await client.end();
  }
}

function createTable(): string {
  const columns = gatherColumns.map((column) => `${column.name} ${column.sqlType}`);
  return `create unlogged table ${gatherTable} (${columns.join(', ')})`;
}

function fillTable(part: ShardPart): string {
  const hashes = Array.from(
    'abcdefgh',
    (name, index) => `hashint8extended(id, ${index + 1}) as ${name}`,
  );
  const values = gatherColumns.map((column) => `${column.expression} as ${column.name}`);
  return `insert into ${gatherTable} select ${values.join(', ')} from (
    select id, ${hashes.join(', ')}
      from (select i * ${part.shards} + ${part.shard} as id from generate_series(0::bigint, ${part.rows - 1}) as i) as ids
  ) as hashed`;
}
