/** TLS to every shard: who is believed, who is not, and that nobody stands in the middle. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Cluster, EmbeddedShard } from '@millrace/embedded';
import { type ConnectOptions, connect, ShardError, TimeoutError } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilIdle, untilRunning } from '../support/activity.js';
import {
  authority,
  type Certificate,
  clientCertificate,
  serverCertificate,
} from '../support/certificates.js';
import { failureOf, within } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';
import { speakTls } from '../support/tls-server.js';

const UNION = { mode: 'union' } as const;
const USER = 'certified';
const APPLICATION = 'millrace-tls';

let cluster: Cluster;
let folder: string;
let ca: Certificate;
let clients: Certificate;

beforeAll(async () => {
  ca = authority('Millrace tests');
  clients = authority('Millrace clients');
  cluster = await startOwnShards(2, { host: 'tcp' });
  // The second server's certificate is good, but of another host.
  const hosts = [['localhost', '127.0.0.1'], ['db.example']];
  await Promise.all(
    cluster.shards.map((shard, i) =>
      speakTls(shard, {
        server: serverCertificate(ca, hosts[i] as string[]),
        clients,
        certificateUser: USER,
      }),
    ),
  );
  folder = await mkdtemp(join(tmpdir(), 'millrace-tls-'));
  const files = {
    'ca.crt': ca.certificate,
    'other.crt': authority('Somebody else').certificate,
    'client.crt': clientCertificate(clients, USER).certificate,
  };
  const client = clientCertificate(clients, USER);
  await Promise.all(
    Object.entries({ ...files, 'client.crt': client.certificate, 'client.key': client.key }).map(
      ([name, text]) => writeFile(join(folder, name), text, { mode: 0o600 }),
    ),
  );
});
afterAll(async () => {
  await cluster?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const file = (name: string): string => join(folder, name);

function urlOf(shard: number, parameters: Record<string, string>, host?: string): string {
  const url = new URL((cluster.shards[shard] as EmbeddedShard).url);
  if (host !== undefined) url.hostname = host;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** What the server sees of our session: TLS, and who the client's certificate says it is. */
async function sessionOver(url: string, options: Partial<ConnectOptions> = {}): Promise<unknown> {
  const db = await connect({ shards: [url], application_name: APPLICATION, ...options });
  try {
    const sql = 'select ssl, client_dn from pg_stat_ssl where pid = pg_backend_pid()';
    return (await db.query(sql)).rows[0];
  } finally {
    await db.close();
  }
}

const refusal = async (url: string, options: Partial<ConnectOptions> = {}): Promise<ShardError> => {
  const error = await failureOf<ShardError>(
    within(20_000, 'connect', connect({ shards: [{ url, name: 'secured' }], ...options })),
  );
  expect(error).toBeInstanceOf(ShardError);
  expect(error.message).toContain("Shard 'secured'");
  return error;
};

describe('a server is believed', () => {
  const SECURE = { ssl: true, client_dn: null };

  test.each(['localhost', '127.0.0.1'])('by verify-full, under its name: %s', async (host) => {
    const parameters = { sslmode: 'verify-full', sslrootcert: file('ca.crt') };
    expect(await sessionOver(urlOf(0, parameters, host))).toEqual(SECURE);
  });

  test('by verify-ca, whatever its name', async () => {
    const parameters = {
      sslmode: 'verify-ca',
      sslrootcert: file('ca.crt'),
      uselibpqcompat: 'true',
    };
    expect(await sessionOver(urlOf(1, parameters))).toEqual(SECURE);
  });

  test("by require in libpq's meaning, whoever it is", async () => {
    const parameters = { sslmode: 'require', uselibpqcompat: 'true' };
    expect(await sessionOver(urlOf(1, parameters))).toEqual(SECURE);
  });

  test("by the option 'ssl', which goes to all shards", async () => {
    const ssl = { ca: ca.certificate };
    expect(await sessionOver(urlOf(0, {}), { ssl })).toEqual(SECURE);
  });
});

describe('a server is refused', () => {
  test.each(['verify-full', 'verify-ca', 'require'])(
    "by %s without the authority: pg's sslmode verifies by default",
    async (sslmode) => {
      const error = await refusal(urlOf(0, { sslmode }));
      expect(error.code).toMatch(/UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/);
    },
  );

  test.each(['verify-full', 'verify-ca'])('by %s with another authority', async (sslmode) => {
    const parameters = { sslmode, sslrootcert: file('other.crt'), uselibpqcompat: 'true' };
    expect((await refusal(urlOf(0, parameters))).code).toMatch(/^UNABLE_TO/);
  });

  test('by verify-full under another name', async () => {
    const parameters = { sslmode: 'verify-full', sslrootcert: file('ca.crt') };
    const error = await refusal(urlOf(1, parameters));
    expect(error.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(error.message).toContain('127.0.0.1');
  });

  test('for a file that is not there, which is named, before anything connects', async () => {
    const url = urlOf(0, { sslmode: 'verify-full', sslrootcert: file('missing.crt') });
    const error = await failureOf(connect({ shards: [url] }));
    expect(error.name).toBe('ConfigurationError');
    expect(error.message).toContain('missing.crt');
  });
});

describe('a client with a certificate', () => {
  const asUser = (url: string): string => url.replace(/\/\/[^@]*@/, `//${USER}@`);

  test('logs in by it: files of the URL', async () => {
    const parameters = {
      sslmode: 'verify-full',
      sslrootcert: file('ca.crt'),
      sslcert: file('client.crt'),
      sslkey: file('client.key'),
    };
    const session = await sessionOver(asUser(urlOf(0, parameters)));
    expect(session).toEqual({ ssl: true, client_dn: `/CN=${USER}` });
  });

  test('logs in by it, and cancels: texts of the option', async () => {
    const { certificate, key } = clientCertificate(clients, USER);
    const ssl = { ca: ca.certificate, cert: certificate, key };
    const db = await connect({
      shards: [asUser(urlOf(0, {}))],
      ssl,
      application_name: APPLICATION,
    });
    try {
      const call = failureOf(db.query('select pg_sleep(20)', [], { ...UNION, timeoutMs: 1_500 }));
      const { url } = cluster.shards[0] as EmbeddedShard;
      await untilRunning([url], APPLICATION, /pg_sleep/);
      expect(await within(10_000, 'the call', call)).toBeInstanceOf(TimeoutError);
      await untilIdle([url], APPLICATION, 2_000);
    } finally {
      await db.close();
    }
  });

  test.each([
    ['none', undefined],
    ["another authority's", 'other'],
  ])('is refused with %s', async (_, kind) => {
    const other = clientCertificate(authority('Somebody else'), USER);
    const own = kind === undefined ? {} : { cert: other.certificate, key: other.key };
    await refusal(asUser(urlOf(0, {})), { ssl: { ca: ca.certificate, ...own } });
  });
});

/** Stands between client and server with a certificate of its own, and passes on what it reads. */
async function manInTheMiddle(port: number): Promise<{ port: number; close(): void }> {
  const { certificate, key } = serverCertificate(ca, ['127.0.0.1']);
  const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    sockets.add(client.on('error', () => undefined));
    client.once('data', () => {
      client.write('S');
      const near = new TLSSocket(client, { isServer: true, cert: certificate, key });
      const far = connectSocket(port, '127.0.0.1');
      sockets.add(far.on('error', () => undefined));
      far.write(sslRequest);
      far.once('data', () => {
        const onward = connectTls({ socket: far, rejectUnauthorized: false });
        for (const socket of [near, onward]) socket.on('error', () => undefined);
        near.pipe(onward).pipe(near);
      });
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const close = (): void => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (listener.address() as AddressInfo).port, close };
}

test('a login does not pass through somebody in the middle, even one that is believed', async () => {
  const { url, port } = cluster.shards[0] as EmbeddedShard;
  const middle = await manInTheMiddle(port);
  try {
    const through = url.replace(`:${port}/`, `:${middle.port}/`);
    const error = await refusal(through, { ssl: { ca: ca.certificate } });
    expect(error.message).toMatch(/channel binding/i);
  } finally {
    middle.close();
  }
});
