import pg from 'pg';
import { type ColumnKind, gatherColumns, gatherTable } from '../dataset/gather-columns.js';
import { type Checksum, hexadecimal, microsecondEntry, rowEntry } from './gather-checksum.js';

const hashOf: Readonly<Record<ColumnKind, (name: string) => string>> = {
  int8: (name) => `hashint8extended(${name}, 0)`,
  int4: (name) => `hashint4extended(${name}, 0)`,
  int2: (name) => `hashint2extended(${name}, 0)`,
  float8: (name) => `hashfloat8extended(${name}, 0)`,
  numeric: (name) => `hashtextextended(${name}::text, 0)`,
  timestamptz: (name) => `hashint8extended(floor(extract(epoch from ${name}) * 1000)::int8, 0)`,
  text: (name) => `hashtextextended(${name}, 0)`,
};

/** The checksum of the gather table over all these databases, computed by the servers in SQL. */
export async function serverChecksum(urls: readonly string[]): Promise<Checksum> {
  const parts = await Promise.all(urls.map(shardSums));
  const total = new Map<string, { values: number; sum: bigint }>();
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const entry = total.get(key.slice(2)) ?? { values: 0, sum: 0n };
      if (key.startsWith('n_')) entry.values += Number(value);
      else entry.sum += BigInt(value ?? 0);
      total.set(key.slice(2), entry);
    }
  }
  return Object.fromEntries(
    [...total].map(([name, { values, sum }]) => [name, { values, sum: hexadecimal(sum) }]),
  );
}

async function shardSums(url: string): Promise<Record<string, string | null>> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string | null>>(sumQuery());
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}

function sumQuery(): string {
  const hashes = gatherColumns.map(
    (column) => [column.name, hashOf[column.kind](column.name)] as const,
  );
  const row = hashes.map(([, hash]) => `coalesce(${hash}, 0)`).join(' # ');
  const times = gatherColumns.filter((column) => column.kind === 'timestamptz');
  const microseconds = times.map(
    ({ name }) =>
      [
        microsecondEntry,
        `hashint8extended((extract(epoch from ${name}) * 1000000)::int8, 0)`,
      ] as const,
  );
  const all = [...hashes, ...microseconds, [rowEntry, row] as const];
  const inner = all.map(([name, hash]) => `${hash} as ${name}`);
  const sums = all.map(([name]) => `count(${name}) as n_${name}, sum(${name}) as s_${name}`);
  return `select ${sums.join(', ')} from (select ${inner.join(', ')} from ${gatherTable} offset 0) as hashed`;
}
