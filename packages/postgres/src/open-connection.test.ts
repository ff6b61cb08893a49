/** Logging in: session settings, refusals, servers that do not answer. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Cluster, startCluster } from '@millrace/embedded';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addressParts } from './address-parts.js';
import { requestCancel } from './cancel-request.js';
import { ConnectionError, ServerError } from './errors.js';
import { openConnection } from './open-connection.js';
import { addressOf, runSql } from './testing/run-sql.js';
import { int32, message, readyForQuery } from './testing/wire-encoder.js';

let cluster: Cluster;
let url: string;
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  cluster = await startCluster({ shards: 1, host: 'tcp' });
  url = cluster.urls[0]!;
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

afterAll(async () => {
  await cluster?.stop();
});

/** A server whose answers are the test's. */
async function serve(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `postgres://u@127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

describe('a session', () => {
  test('has the settings that values depend on, then those asked for', async () => {
    const session = {
      TimeZone: 'Asia/Kolkata',
      'my.setting': "it's a \\ backslash",
      work_mem: '5MB',
    };
    const connection = await openConnection(addressOf(url, { session, applicationName: 'a test' }));
    const names = [
      'client_encoding',
      'DateStyle',
      'IntervalStyle',
      'extra_float_digits',
      'bytea_output',
      'TimeZone',
      'my.setting',
      'work_mem',
      'application_name',
    ];
    const sql = `select ${names.map((name, i) => `current_setting('${name}') as s${i}`).join(', ')}`;
    expect((await runSql(connection, sql)).exact()).toEqual([
      [
        'UTF8',
        'ISO, MDY',
        'postgres',
        '1',
        'hex',
        'Asia/Kolkata',
        "it's a \\ backslash",
        '5MB',
        'a test',
      ],
    ]);
    await connection.close();
  });

  test('with a setting that the server refuses does not begin, and leaves no connection', async () => {
    const session = { work_mem: 'plenty' };
    await expect(openConnection(addressOf(url, { session }))).rejects.toMatchObject({
      name: 'ServerError',
      code: '22023',
    });
    const connection = await openConnection(addressOf(url));
    const left =
      "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";
    while ((await runSql(connection, left)).exact()[0]![0] !== 0n);
    await connection.close();
  });
});

describe('a login that fails', () => {
  test.each([
    ['a wrong password', (good: string) => good.replace(/:[^:@]+@/, ':wrong@'), '28P01'],
    ['no such database', (good: string) => good.replace(/\/[^/]*$/, '/nowhere'), '3D000'],
  ])('%s is a ServerError', async (_, spoil, code) => {
    const error = await openConnection(addressOf(spoil(url))).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ code, fields: { severity: 'FATAL' } });
  });

  test.each(['127.0.0.1', 'localhost'])(
    'nobody listening at %s is a ConnectionError that says so',
    async (host) => {
      const free = await serve(() => undefined);
      const { port } = addressParts(free);
      servers.splice(0)[0]!.close();
      const error = await openConnection(addressOf(`postgres://u@${host}:${port}/x`)).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({
        code: 'ECONNREFUSED',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    },
  );

  test('a server that says nothing is given up in time', async () => {
    const silent = await serve(() => undefined);
    await expect(openConnection(addressOf(silent, { connectTimeoutMs: 50 }))).rejects.toMatchObject(
      {
        name: 'ConnectionError',
        code: 'ETIMEDOUT',
        message: 'No connection within 50 ms',
      },
    );
  });

  test('a server that hangs up is a ConnectionError', async () => {
    const rude = await serve((socket) => socket.destroy());
    await expect(openConnection(addressOf(rude))).rejects.toBeInstanceOf(ConnectionError);
  });

  test('a server without TLS where TLS is asked for is a ConnectionError', async () => {
    await expect(openConnection(addressOf(url, { ssl: true }))).rejects.toThrow(
      /does not support SSL/,
    );
    const cancel = requestCancel(addressOf(url, { ssl: true }), { processId: 1, secretKey: 1 });
    await expect(cancel).rejects.toBeInstanceOf(ConnectionError);
  });

  test('a cancel that nobody answers is given up in time', async () => {
    const silent = await serve(() => undefined);
    const cancel = requestCancel(addressOf(silent, { connectTimeoutMs: 50 }), {
      processId: 1,
      secretKey: 1,
    });
    await expect(cancel).rejects.toBeInstanceOf(ConnectionError);
  });
});

/** A login that is let in, and answers every message with ReadyForQuery, as long as it answers. */
function letIn(socket: Socket): void {
  const welcome = [message('R', int32(0)), message('K', int32(1), int32(2)), readyForQuery()];
  socket.once('data', () => {
    socket.write(Buffer.concat(welcome));
    socket.on('data', () => socket.write(readyForQuery()));
  });
}

describe('closing', () => {
  test('settles though the server never hangs up', async () => {
    const connection = await openConnection(addressOf(await serve(letIn)));
    await connection.close();
    expect(connection.state).toBe('closed');
  }, 10_000);

  test('a server that hangs up in the middle of a message fails the statement', async () => {
    const connection = await openConnection(addressOf(await serve(letIn)));
    const [socket] = sockets as [Socket];
    socket.removeAllListeners('data');
    const outcome = expect(connection.describe('select')).rejects.toMatchObject({
      name: 'ConnectionError',
    });
    socket.end(Buffer.from([0x54, 0, 0]));
    await outcome;
    expect(connection.state).toBe('closed');
    await connection.close();
  });

  test('a connection that is reset fails the statement with the code of the system', async () => {
    const connection = await openConnection(addressOf(await serve(letIn)));
    const [socket] = sockets as [Socket];
    socket.removeAllListeners('data');
    const outcome = expect(connection.describe('select')).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    socket.resetAndDestroy();
    await outcome;
    await connection.close();
  });
});
