import { createServer } from 'node:net';
import { inspect } from 'node:util';
import {
  ExasolConnectionError,
  ExasolError,
  ExasolOptionError,
  ExasolProtocolError,
  openSession,
} from '@millrace/exasol';
import { afterEach, describe, expect, it } from 'vitest';
import { authority, serverCertificate } from '../../support/certificates.js';
import {
  LOGIN_REPLY,
  type ScriptedServer,
  type ScriptedServerOptions,
  SESSION_ID,
  startScriptedServer,
} from './scripted-server.js';

const started: ScriptedServer[] = [];

async function start(options?: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await startScriptedServer(options);
  started.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

const plain = { user: 'sys', password: 'exasol', encryption: false };

/** A port that nobody listens on: it was somebody's a moment ago. */
async function deadPort(): Promise<number> {
  const server = await startScriptedServer();
  await server.close();
  return server.port;
}

describe('logging in', () => {
  it.each(['pkcs1', 'spki', 'numbers'] as const)(
    'sends the password so that only the server reads it (key as %s)',
    async (key) => {
      const server = await start({ key });
      const session = await openSession({ ...plain, dsn: server.dsn, password: 'päss "wörd" 🔑' });
      expect(server.passwords).toEqual(['päss "wörd" 🔑']);
      expect(JSON.stringify(server.received)).not.toContain('wörd');
      await session.close();
      expect(server.received.map(({ command }) => command)).toEqual([
        'login',
        undefined,
        'getAttributes',
        'disconnect',
      ]);
    },
  );

  it('tells what it was told, and tells the server who comes', async () => {
    const server = await start();
    await using session = await openSession({
      ...plain,
      dsn: server.dsn,
      schema: 'S',
      autocommit: false,
      queryTimeoutSeconds: 7,
      snapshotTransactions: true,
      clientName: 'judge',
    });
    expect(session.info).toEqual({
      sessionId: SESSION_ID,
      protocolVersion: 3,
      releaseVersion: '8.32.0',
      databaseName: 'DB1',
      productName: 'EXASolution',
      maxDataMessageSize: 67_108_864,
      timeZone: 'UTC',
    });
    expect(server.received[0]).toEqual({ command: 'login', protocolVersion: 3 });
    expect(server.received[1]).toMatchObject({
      username: 'sys',
      clientName: 'judge',
      useCompression: false,
      attributes: {
        currentSchema: 'S',
        autocommit: false,
        queryTimeout: 7,
        snapshotTransactionsEnabled: true,
      },
    });
  });

  it('sends a token as it is, under TLS only', async () => {
    const server = await start({ certificate: serverCertificate(authority('a'), ['x']) });
    const dsn = `127.0.0.1/nocertcheck:${server.port}`;
    await using session = await openSession({ dsn, accessToken: 'tok' });
    expect(session.encryption).toBe(true);
    expect(server.received[0]?.command).toBe('loginToken');
    expect(server.received[1]).toMatchObject({ accessToken: 'tok' });
    await (await openSession({ dsn, refreshToken: 'again' })).close();
    expect(server.received).toContainEqual(expect.objectContaining({ refreshToken: 'again' }));
    const bare = openSession({ dsn: server.dsn, accessToken: 'tok', encryption: false });
    await expect(bare).rejects.toThrow(/accessToken: a token would travel in the clear/);
  });

  it('gives the refusal of the server, tries no other host, and keeps the password out of it', async () => {
    const server = await start({
      onLogin: (_, connection) =>
        connection.error('Connection exception - authentication failed.', '08004'),
    });
    const dsn = `127.0.0.1,127.0.0.1:${server.port}`;
    const failed = openSession({ ...plain, dsn, password: 'secret-word' });
    const error = await failed.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ExasolError);
    expect(error).toMatchObject({ sqlCode: '08004', sessionId: undefined });
    expect(inspect(error, { depth: 10 })).not.toContain('secret-word');
    expect(server.connections).toHaveLength(1);
  });

  it('closes the connection of a login that is no login', async () => {
    const server = await start({ onLogin: (_, connection) => connection.ok('{"sessionId":"x"}') });
    const failed = openSession({ ...plain, dsn: server.dsn });
    await expect(failed).rejects.toThrow(ExasolProtocolError);
    const [ws] = server.connections;
    await expect.poll(() => ws?.readyState).toBe(3);
  });

  it.each([
    [{ user: 'sys' }, /password: must be text/],
    [{ password: 'x' }, /user: must be text/],
    [{}, /user: give one way to log in/],
    [{ user: 'a', password: 'b', accessToken: 'c' }, /user: give one way/],
    [{ ...plain, fetchBytes: 0 }, /fetchBytes: must be a whole number from 1 to 67108864/],
    [{ ...plain, idleTimeoutMs: 2 ** 31 }, /idleTimeoutMs: must be/],
    [{ ...plain, dsn: '' }, /dsn: the connection string is empty/],
  ])('refuses options that cannot work before it opens anything: %j', async (options, message) => {
    const failed = openSession({ dsn: '127.0.0.1:1', ...options });
    await expect(failed).rejects.toThrow(ExasolOptionError);
    await expect(failed).rejects.toThrow(message);
  });

  it('says so if the password is longer than the key takes', async () => {
    const server = await start();
    const failed = openSession({ ...plain, dsn: server.dsn, password: 'x'.repeat(118) });
    await expect(failed).rejects.toThrow(/password: is longer than the 117 bytes/);
    await (await openSession({ ...plain, dsn: server.dsn, password: 'x'.repeat(117) })).close();
  });
});

describe('finding a host', () => {
  it('goes on to the next address if one refuses', async () => {
    const server = await start();
    const dsn = `127.0.0.1:${await deadPort()},127.0.0.1:${server.port}`;
    for (const draw of [0, 0.99]) {
      const session = await openSession({ ...plain, dsn, names: { random: () => draw } });
      await session.close();
    }
    expect(server.connections).toHaveLength(2);
  });

  it('lists what each address said if none takes it', async () => {
    const [one, two] = [await deadPort(), await deadPort()];
    const failed = openSession({ ...plain, dsn: `127.0.0.1:${one},127.0.0.1:${two}` });
    const error = (await failed.catch((caught: unknown) => caught)) as ExasolConnectionError;
    expect(error).toBeInstanceOf(ExasolConnectionError);
    expect(error.code).toBe('ECONNREFUSED');
    expect(error.message).toContain(`127.0.0.1:${one}: connect ECONNREFUSED`);
    expect(error.message).toContain(`127.0.0.1:${two}: connect ECONNREFUSED`);
  });

  it('gives up on a server that takes the connection and says nothing, and on a signal', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as { port: number };
    const dsn = `127.0.0.1:${port}`;
    const late = openSession({ ...plain, dsn, connectTimeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect(late).rejects.toThrow(/no answer within 50 ms/);
    const stop = new AbortController();
    const aborted = openSession({ ...plain, dsn, signal: stop.signal });
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(aborted).rejects.toThrow('enough');
    silent.close();
  });

  it('ends a login that is aborted, with the signal’s reason', async () => {
    const stop = new AbortController();
    const server = await start({ onLogin: () => stop.abort(new Error('enough')) });
    const failed = openSession({ ...plain, dsn: server.dsn, signal: stop.signal });
    await expect(failed).rejects.toThrow('enough');
  });

  it('says so if what answers is no WebSocket', async () => {
    const http = createServer((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
    });
    await new Promise<void>((resolve) => {
      http.listen(0, '127.0.0.1', resolve);
    });
    const { port } = http.address() as { port: number };
    const failed = openSession({ ...plain, dsn: `127.0.0.1:${port}` });
    await expect(failed).rejects.toThrow(/Unexpected server response: 404/);
    http.close();
  });
});

describe('compression', () => {
  it('begins after the login and holds both ways', async () => {
    const server = await start({
      script: (command, connection) =>
        connection.ok(
          `{"numResults":1,"results":[{"resultType":"rowCount","rowCount":${String(command.sqlText).length}}]}`,
        ),
      onLogin: (_, connection) => connection.ok(LOGIN_REPLY),
    });
    await using session = await openSession({ ...plain, dsn: server.dsn, compression: true });
    const sql = `insert into t values ('${'ä'.repeat(100_000)}')`;
    expect(await session.execute(sql)).toEqual({ kind: 'rowCount', rowCount: sql.length });
  });
});
