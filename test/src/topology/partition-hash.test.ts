/** The partition hash against PostgreSQL itself: `satisfies_hash_partition` and a table split by `PARTITION BY HASH`. */
import { type Cluster, startCluster } from '@millrace/embedded';
import { createHashPartitioner, hashPartitionOf, type KeyType } from '@millrace/engine';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KeySample, sampleKey, seededRandom } from './key-samples.js';

const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const random = seededRandom(seed);

const TYPES: readonly KeyType[] = [
  'bool',
  'int2',
  'int4',
  'int8',
  'oid',
  'float4',
  'float8',
  'numeric',
  'text',
  'varchar',
  'bpchar',
  'name',
  'bytea',
  'uuid',
  'date',
  'timestamp',
  'timestamptz',
];

/** The three large ones are coprime and their product exceeds 2^64: agreeing on all three is agreeing on every bit. */
const MODULI = [2147483647, 2147483629, 2147483587, 1, 2, 3, 4, 10, 1000];

let cluster: Cluster;
let client: pg.Client;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  client = new pg.Client({ connectionString: cluster.shards[0]?.url });
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

/** The keys whose computed remainder the server does not accept. */
async function misplaced(
  types: readonly KeyType[],
  keys: readonly (readonly KeySample[])[],
): Promise<unknown[]> {
  const columns = types.map((type, i) => `k${i} ${type}`).join(', ');
  const names = types.map((_, i) => `k${i}`).join(', ');
  await client.query('drop table if exists placed');
  await client.query(`create table placed (${columns}) partition by hash (${names})`);
  const casts = types.map((type, i) => `t.k${i}::${type}`).join(', ');
  const arrays = types.map((_, i) => `$${i + 3}::text[]`).join(', ');
  const wrong: unknown[] = [];
  for (const modulus of MODULI) {
    const place = createHashPartitioner(types, modulus);
    const remainders = keys.map((key) => place(key.map((sample) => sample.value)));
    const { rows } = await client.query(
      `select t.i from unnest($2::int[], ${arrays}) with ordinality as t(remainder, ${names}, i)
       where not satisfies_hash_partition('placed'::regclass, $1::int, t.remainder, ${casts})`,
      [modulus, remainders, ...types.map((_, i) => keys.map((key) => key[i]?.sql))],
    );
    for (const row of rows) wrong.push({ modulus, key: keys[Number(row.i) - 1] });
  }
  return wrong;
}

describe(`partition hash against PostgreSQL, MILLRACE_SEED=${seed}`, () => {
  test.each(TYPES)('places keys of type %s where the server does', async (type) => {
    const keys = Array.from({ length: 600 }, () => [sampleKey(type, random)]);
    expect(await misplaced([type], keys), `seed ${seed}`).toEqual([]);
  });

  test('places text of every length from 0 to 40 and of a thousand where the server does', async () => {
    const texts = Array.from({ length: 41 }, (_, length) => [
      'x'.repeat(length),
      'é'.repeat(length),
    ]).flat();
    const keys = [...texts, '日'.repeat(1000), 'a'.repeat(1000)].map((text) => [
      { value: text, sql: text },
    ]);
    expect(await misplaced(['text'], keys)).toEqual([]);
  });

  test('places composite keys, NULLs among them, where the server does', async () => {
    for (let round = 0; round < 12; round++) {
      const types = Array.from(
        { length: 2 + Math.floor(random() * 3) },
        () => TYPES[Math.floor(random() * TYPES.length)] as KeyType,
      );
      const keys = Array.from({ length: 100 }, () => types.map((type) => sampleKey(type, random)));
      expect(await misplaced(types, keys), `seed ${seed}, key (${types.join(', ')})`).toEqual([]);
    }
  });

  test('agrees with the partition that a row inserted into a partitioned table lands in', async () => {
    await client.query('create table parted (a int, b text) partition by hash (a, b)');
    for (let i = 0; i < 5; i++) {
      await client.query(
        `create table parted_${i} partition of parted for values with (modulus 5, remainder ${i})`,
      );
    }
    await client.query(
      `insert into parted select nullif(i % 50, 7), nullif('city ' || i, 'city 3') from generate_series(1, 500) i`,
    );
    const { rows } = await client.query(
      'select a, b, tableoid::regclass::text as home from parted',
    );
    const computed = rows.map(
      (row) => `parted_${hashPartitionOf(['int4', 'text'], [row.a, row.b], 5)}`,
    );
    expect(computed).toEqual(rows.map((row) => row.home));
    await client.query('drop table parted');
  });
});
