/** Connections under TLS: bytes come in chunks that Node has decrypted, not straight from the socket. */
import { type Cluster, startCluster } from '@millrace/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestCancel } from './cancel-request.js';
import { openConnection, type ServerAddress } from './open-connection.js';
import type { PostgresConnection } from './postgres-connection.js';
import { ResultReader } from './result-reader.js';
import { addressOf, KeepingSink, runSql } from './testing/run-sql.js';
import { selfSignedCertificate } from './testing/self-signed-certificate.js';

let cluster: Cluster;
let address: ServerAddress;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1, host: 'tcp' });
  const url = cluster.urls[0]!;
  const { certificate, key } = selfSignedCertificate();
  const admin = await openConnection(addressOf(url));
  // The server writes the files itself: so they are its own, and private.
  for (const [file, pem] of [
    ['server.crt', certificate],
    ['server.key', key],
  ] as const) {
    const lines = `select unnest(string_to_array(trim('${pem}', e'\\n'), e'\\n'))`;
    await admin.command(`copy (${lines}) to program 'umask 077; cat > ${file}'`);
  }
  await admin.command('alter system set ssl to on');
  await admin.command('select pg_reload_conf()');
  await admin.close();
  address = addressOf(url, { ssl: { rejectUnauthorized: false } });
  await untilEncrypted();
});

afterAll(async () => {
  await cluster?.stop();
});

/** The server takes its new settings in its own time. */
async function untilEncrypted(): Promise<void> {
  for (;;) {
    const connection = await openConnection(address).catch((error: Error) => error);
    if (!(connection instanceof Error)) return connection.close();
    if (!connection.message.includes('does not support SSL')) throw connection;
  }
}

async function withConnection(
  use: (connection: PostgresConnection) => Promise<void>,
  readBytes = 0,
): Promise<void> {
  const connection = await openConnection({ ...address, readBytes });
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
  expect(connection.state).toBe('closed');
}

test('the session is encrypted', async () => {
  await withConnection(async (connection) => {
    const sql = 'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()';
    expect((await runSql(connection, sql)).exact()).toEqual([
      [true, expect.stringMatching(/^TLSv1/)],
    ]);
  });
});

test('a certificate that nobody vouches for is refused unless allowed', async () => {
  await expect(openConnection({ ...address, ssl: true })).rejects.toMatchObject({
    name: 'ConnectionError',
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
});

test('a million rows arrive right', async () => {
  await withConnection(async (connection) => {
    const sql = 'select i, i * 3::int8, (i % 1000)::text from generate_series(1, 1000000) i';
    const { batches, completion } = await runSql(connection, sql);
    expect(completion.rowCount).toBe(1_000_000);
    let next = 1;
    let wrong = 0;
    for (const { rowCount, vectors } of batches) {
      const [n, triple, text] = vectors as [
        (typeof vectors)[0],
        (typeof vectors)[0],
        (typeof vectors)[0],
      ];
      for (let row = 0; row < rowCount; row++, next++) {
        if (n.at(row) !== next || triple.at(row) !== BigInt(next) * 3n) wrong++;
        if (row % 13 === 0 && text.at(row) !== String(next % 1000)) wrong++;
      }
    }
    expect([next - 1, wrong]).toEqual([1_000_000, 0]);
  });
});

describe.each([0, 7])('taking at most %i bytes at once (0: any)', (readBytes) => {
  test('a result that waits again and again for credit arrives whole', async () => {
    await withConnection(async (connection) => {
      const rowCount = readBytes === 0 ? 30_000 : 500;
      const sql = `select i, repeat(chr(97 + i % 26), 1000) from generate_series(1, ${rowCount}) i`;
      const description = await connection.describe(sql);
      const reader = new ResultReader(description.columns, { maxRows: 300, maxBytes: 1 << 20 });
      let credits = 0;
      const sink = new KeepingSink(reader, () => credits-- > 0);
      let over = false;
      const done = connection
        .run({ sql, parameters: [], description, reader, sink })
        .finally(() => {
          over = true;
        });
      while (!over) {
        await new Promise(setImmediate);
        credits = 1;
        connection.resume();
      }
      expect((await done).rowCount).toBe(rowCount);
      const numbers = sink.batches.flatMap(({ rowCount: rows, vectors }) =>
        Array.from({ length: rows }, (_, row) => vectors[0]!.at(row)),
      );
      expect(numbers).toEqual(Array.from({ length: rowCount }, (_, i) => i + 1));
      expect((await runSql(connection, 'select 1')).exact()).toEqual([[1]]);
    }, readBytes);
  });
});

test('a cancel travels under TLS too, and ends what is abandoned without credit', async () => {
  await withConnection(async (connection) => {
    const sql = "select repeat('x', 1000), generate_series(1, 100000000)";
    const description = await connection.describe(sql);
    const reader = new ResultReader(description.columns, { maxRows: 10, maxBytes: 1 << 16 });
    const sink = new KeepingSink(reader, () => false);
    const done = connection.run({ sql, parameters: [], description, reader, sink });
    const outcome = expect(done).rejects.toThrow('enough');
    connection.abandon(new Error('enough'));
    // A server that has not begun with the statement does not hear a cancel: so it is asked until it has.
    while (connection.state === 'busy') await requestCancel(address, connection.key);
    await outcome;
    expect((await runSql(connection, 'select 1')).exact()).toEqual([[1]]);
  });
});

test('a session that the server ends is closed', async () => {
  await withConnection(async (observer) => {
    const connection = await openConnection(address);
    const outcome = expect(runSql(connection, 'select pg_sleep(60)')).rejects.toThrow(/terminat/);
    await runSql(observer, `select pg_terminate_backend(${connection.key.processId}, 10000)`);
    await outcome;
    await connection.settled();
    await connection.describe('select 1').catch(() => undefined);
    expect(connection.state).toBe('closed');
  });
});
