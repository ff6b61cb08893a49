/** The engine as the bench uses it: over the shards given, without any option that a user would not set. */
import { connect, type Database } from '@millrace/engine';

/** Connects as a user would. */
export function connectEngine(options: {
  readonly shards: readonly string[];
  readonly threads?: number;
}): Promise<Database> {
  return connect(options);
}

/** Connects and lets every shard answer once, so that what follows is timed over open connections. */
export async function connectReady(urls: readonly string[]): Promise<Database> {
  const database = await connectEngine({ shards: urls });
  await database.query('select 1 as one', [], { mode: 'union' });
  return database;
}
