import { type CallSite, captureCallSite, withCallerStack } from './caller-stack.js';
import { Database } from './database.js';
import { MillraceError } from './errors.js';
import { type ConnectOptions, readSettings } from './options.js';

/**
 * Connects to the shards of a database: opens one connection to each, in worker threads.
 *
 * @throws ConfigurationError for options that cannot work
 * @throws ShardError naming a shard that cannot be reached, or refuses; then nothing is left open
 */
export async function connect(options: ConnectOptions): Promise<Database> {
  const site: CallSite = captureCallSite(connect);
  const database = new Database(readSettings(options));
  try {
    await database.open();
    return database;
  } catch (error) {
    await database.close();
    throw error instanceof MillraceError ? withCallerStack(error, site) : error;
  }
}
