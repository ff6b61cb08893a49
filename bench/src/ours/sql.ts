import { connect, type Database } from '@millrace/engine';
import { eventsKey, eventsTable } from '../dataset/events-table.js';
import type { SqlContender, SqlRow } from '../peers/sql-contender.js';

/** Connects to the shards as a user would who has split the table as PostgreSQL's hash partitioning does. */
export function connectEvents(shards: readonly string[]): Promise<Database> {
  return connect({ shards, tables: { [eventsTable]: { key: eventsKey, by: 'hash' } } });
}

/** The statement as one would write it for one database. */
export const contender: SqlContender = {
  async open({ shards }) {
    const database = await connectEvents(shards);
    await database.query('select 1 as one', [], { mode: 'union' });
    return {
      async answer({ sql }) {
        const { rows, stats } = await database.query(sql, [], { rowMode: 'array' });
        return {
          rows: rows as unknown as readonly SqlRow[],
          rowCount: rows.length,
          details: {
            planMs: stats.planMs,
            mergeMs: stats.operators.reduce((sum, { ms }) => sum + ms, 0),
            shardRows: stats.shards.map((shard) => shard.rows),
          },
        };
      },
      close: () => database.close(),
    };
  },
};
