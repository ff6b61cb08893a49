/** Rows for groups that lie on all shards: as many groups as a column's name says, all alike (`u`) or by Zipf's law (`z`). */
import { withClient } from './events-data.js';

export const topGroupsTable = 'top_groups';

const GROUPS = [10, 200, 800];

/** Columns to group by. */
export const topGroupsColumns: readonly { readonly name: string; readonly sql: string }[] =
  GROUPS.flatMap((thousands) => {
    const groups = thousands * 1000;
    return [
      { name: `u${thousands}k`, sql: `(random() * ${groups})::int` },
      // Of rank r there is a share of about 1/r.
      { name: `z${thousands}k`, sql: `floor(exp(random() * ln(${groups})))::int` },
    ];
  });

export async function createTopGroups(urls: readonly string[]): Promise<void> {
  const columns = topGroupsColumns.map(({ name }) => `${name} int`).join(', ');
  for (const url of urls)
    await withClient(url, (client) =>
      client.query(`create table ${topGroupsTable} (id bigint, x int, v float8, ${columns})`),
    );
}

/** The same numbers each time. */
export async function fillTopGroups(urls: readonly string[], rows: number): Promise<void> {
  const columns = topGroupsColumns.map(({ sql }) => sql).join(', ');
  await Promise.all(
    urls.map((url, shard) =>
      withClient(url, async (client) => {
        await client.query(`select setseed(0.${shard + 1})`);
        await client.query(`insert into ${topGroupsTable}
          select i * ${urls.length} + ${shard}, (random() * 100)::int, random(), ${columns}
          from generate_series(1, ${rows}) i`);
        await client.query(`vacuum analyze ${topGroupsTable}`);
      }),
    ),
  );
}
