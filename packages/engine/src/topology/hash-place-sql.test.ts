import { type Cluster, startCluster } from '@millrace/embedded';
import { openConnection, type PostgresConnection, textLiteral } from '@millrace/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleColumn } from '../testing/sample-placement.js';
import { hashPlaceSql } from './hash-place-sql.js';

let cluster: Cluster;
let connection: PostgresConnection;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  connection = await openConnection({
    url: cluster.urls[0]!,
    connectTimeoutMs: 20_000,
    session: {},
    readBytes: 0,
  });
});

afterAll(async () => {
  await connection?.close();
  await cluster?.stop();
});

const SAMPLES: Readonly<Record<string, readonly (string | null)[]>> = {
  bool: ['t', 'f', null],
  int2: ['0', '-1', '32767', '-32768', '17', null],
  int4: ['0', '-1', '2147483647', '-2147483648', '17'],
  int8: ['0', '-1', '9223372036854775807', '-9223372036854775808', '17'],
  oid: ['0', '4294967295'],
  float4: ['0', '-0', '1.1', 'NaN', 'Infinity'],
  float8: ['0', '-0', '1.1', 'NaN', '-Infinity'],
  numeric: ['0', '1.10', '1.1', '-123456789.000001', 'NaN', 'Infinity'],
  text: ['', 'a', 'Zürich', 'x'.repeat(100), null],
  varchar: ['a', 'b '],
  bpchar: ['a', 'a  '],
  name: ['pg_class'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  date: ['2000-01-01', '1999-12-31', '0044-03-15 BC', 'infinity', '-infinity', null],
  timestamp: ['2000-01-01 00:00:00.000001', 'infinity', '0044-03-15 10:00 BC'],
  timestamptz: ['2000-01-01 00:00:00+05', '-infinity', '2024-07-01 12:00:00.5-03:30', null],
};

/** The rows that the statement places otherwise than PostgreSQL's partitioning does. */
async function misplaced(
  types: readonly string[],
  keys: readonly (readonly (string | null)[])[],
  modulus: number,
): Promise<string | null | undefined> {
  const columns = types.map((type, i) => sampleColumn(type, { name: `K ${i}` }));
  const { from, shard } = hashPlaceSql('r', columns, modulus)!;
  const declared = types.map((type, i) => `"K ${i}" ${type}`).join(', ');
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const rows = keys.map(
    (key) =>
      `(${key.map((text, i) => `${text === null ? 'null' : textLiteral(text)}::${types[i]}`).join(', ')})`,
  );
  await connection.command(
    `drop table if exists t, p; create table t (${declared}); create table p (${declared}) partition by hash (${names});
     insert into t values ${rows.join(', ')}`,
  );
  const [wrong] = await connection.command(
    `select count(*) filter (where not satisfies_hash_partition('p'::regclass, ${modulus}, ${shard}, ${names})) || ' of ' || count(*)
     from t r, ${from}`,
  );
  return wrong;
}

/** Agreeing on these three is agreeing on every bit: they are coprime, and their product exceeds 2^64. */
const MODULI = [2147483647, 2147483629, 2147483587, 1, 4];

test.each(Object.entries(SAMPLES))('%s is placed as by PostgreSQL', async (type, samples) => {
  for (const modulus of MODULI) {
    const keys = samples.map((text) => [text]);
    expect(await misplaced([type], keys, modulus)).toBe(`0 of ${keys.length}`);
  }
});

test('a key of several columns is placed as by PostgreSQL, with NULLs in any of them', async () => {
  const keys = SAMPLES.text!.flatMap((a) =>
    SAMPLES.date!.flatMap((b) => SAMPLES.int2!.map((c) => [a, b, c])),
  );
  for (const modulus of MODULI) {
    expect(await misplaced(['text', 'date', 'int2'], keys, modulus)).toBe(`0 of ${keys.length}`);
  }
});

test('there is none for types whose hash SQL may not call, or texts that are equal to others', () => {
  const odd = sampleColumn('text', { deterministic: false });
  for (const column of [sampleColumn('bytea'), sampleColumn('mood'), odd])
    expect(hashPlaceSql('r', [sampleColumn('int4'), column], 4)).toBeUndefined();
});
