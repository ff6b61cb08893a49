import type { SqlContender } from './sql-contender.js';
import { openServer } from './sql-server.js';

/** postgres_fdw: a coordinator to which the shards' tables are partitions, asked at once and aggregated apart where it can. */
export const contender: SqlContender = {
  open: ({ coordinator }) =>
    openServer(coordinator, [
      'set enable_partitionwise_aggregate = on',
      'set enable_partitionwise_join = on',
      'set enable_async_append = on',
    ]),
};
