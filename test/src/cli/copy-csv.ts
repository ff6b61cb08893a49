/** What PostgreSQL itself writes as csv: the truth that ours is compared with. */
import type pg from 'pg';
import { withClient } from '../support/ask.js';

/** The part of `pg`'s inner connection that hands on what COPY sends. */
interface CopyConnection {
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): unknown;
}

/** The output of `COPY (sql) TO STDOUT (FORMAT csv, HEADER)`, in a session whose time zone is UTC. */
export function copyCsv(url: string, sql: string): Promise<string> {
  return withClient(url, async (client: pg.Client) => {
    const chunks: Buffer[] = [];
    const { connection } = client as unknown as { readonly connection: CopyConnection };
    // Copied: what it lies in is written again by what comes next.
    connection.on('copyData', ({ chunk }) => chunks.push(Buffer.from(chunk)));
    await client.query("set timezone to 'UTC'");
    await client.query(`copy (${sql}) to stdout (format csv, header)`);
    return Buffer.concat(chunks).toString('utf8');
  });
}
