import type { SqlContender } from './sql-contender.js';
import { openRawConnection } from './wire-count.js';

/** The floor: what each shard can do alone, all shards at once, and what they answer counted and dropped as bytes. */
export const contender: SqlContender = {
  async open({ shards }) {
    const connections = await Promise.all(shards.map(openRawConnection));
    return {
      async answer({ partial, partialFormats }) {
        const statement = { sql: partial, formats: partialFormats };
        const counts = await Promise.all(
          connections.map((connection) => connection.count(statement)),
        );
        return { rows: [], rowCount: counts.reduce((sum, { rows }) => sum + rows, 0) };
      },
      async close() {
        await Promise.all(connections.map((connection) => connection.close()));
      },
    };
  },
};
