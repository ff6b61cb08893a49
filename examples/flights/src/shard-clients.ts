/** One `pg` client a shard. */
import pg from 'pg';

/**
 * Connects to every shard at once.
 * @returns the clients, in the order of the URLs.
 * @throws the first error to connect, with no connection left open.
 */
export async function connectShards(urls: readonly string[]): Promise<pg.Client[]> {
  const clients = urls.map((url) => new pg.Client({ connectionString: url }));
  // pg emits a lost connection besides failing the statement it was running, or the next one: that is where it is
  // reported. An event that nobody listens to would end the process first.
  for (const client of clients) client.on('error', () => undefined);
  try {
    await Promise.all(clients.map((client) => client.connect()));
  } catch (error) {
    await closeShards(clients);
    throw error;
  }
  return clients;
}

/** Closes all connections, those that were lost or never made included. */
export async function closeShards(clients: readonly pg.Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.end()));
}
