import postgres, { type Options } from 'postgres';
import type { GatherRow } from '../checksum/row-checksum.js';
import { consumeRows } from '../checksum/row-consumer.js';
import { gatherQuery } from '../dataset/gather-columns.js';
import type { Contender, Session } from './contender.js';

/** What applications write with `postgres`: one connection a shard, `Promise.all`, rows as objects. */
export const contender: Contender = {
  async open({ urls }): Promise<Session> {
    const clients = urls.map((url) =>
      postgres({ ...endpoint(url), max: 1, onnotice: () => undefined }),
    );
    await Promise.all(clients.map((sql) => sql.unsafe('select 1')));
    return {
      async gather(purpose) {
        return consumeRows(
          await Promise.all(clients.map((sql) => sql.unsafe<GatherRow[]>(gatherQuery))),
          purpose,
        );
      },
      async close() {
        await Promise.all(clients.map((sql) => sql.end()));
      },
    };
  },
};

/** `postgres` does not read a socket directory out of a connection string's host: hand it the parts. */
function endpoint(url: string): Options<Record<string, never>> {
  const { hostname, port, pathname, username, password, searchParams } = new URL(url);
  return {
    host: searchParams.get('host') ?? decodeURIComponent(hostname),
    port: Number(searchParams.get('port') ?? (port || 5432)),
    database: decodeURIComponent(pathname.slice(1)),
    username: searchParams.get('user') ?? decodeURIComponent(username),
    password: searchParams.get('password') ?? decodeURIComponent(password),
  };
}
