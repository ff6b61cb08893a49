import type { SqlContender } from './sql-contender.js';
import { openServer } from './sql-server.js';

/** One PostgreSQL that has all rows, with the settings of a shard and its own choice of parallel workers. */
export const contender: SqlContender = {
  open: ({ single }) => openServer(single, []),
};
