/** Each switch seen from the client's side of a tunnel, by sockets alone. */

import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { unevenly } from './faults.js';
import { type ExasolCluster, startExasolCluster } from './start-exasol-cluster.js';

interface Driver {
  connect(): Promise<void>;
  execute(sql: string): Promise<number>;
  close(): Promise<void>;
}

const { ExasolDriver } = createRequire(import.meta.url)('@exasol/exasol-driver-ts') as {
  ExasolDriver: new (factory: (url: string) => WebSocket, config: object) => Driver;
};

let cluster: ExasolCluster;
let driver: Driver;
const sockets: Socket[] = [];

beforeAll(async () => {
  cluster = await startExasolCluster({ nodes: 2 });
  driver = new ExasolDriver((url) => new WebSocket(url), {
    url: `ws://127.0.0.1:${cluster.port}`,
    user: cluster.user,
    password: cluster.password,
  });
  await driver.connect();
  await driver.execute('CREATE SCHEMA f');
  await driver.execute('CREATE TABLE f.t (id DECIMAL(18,0), s VARCHAR(10))');
});

afterEach(() => {
  cluster.heal();
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(async () => {
  await driver?.close();
  await cluster?.stop();
});

/** A tunnel by hand: what came over it, and an answer to the first request's head or body. */
async function openTunnel(
  answer: (received: string) => string | undefined,
): Promise<{ address: string; received: () => string }> {
  const socket = connect(cluster.port, '127.0.0.2');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(Buffer.from('022121020100000001000000', 'hex'));
  let received = '';
  let answered = false;
  const address = await new Promise<string>((resolve, reject) => {
    let reply = Buffer.alloc(0);
    socket.once('close', () => reject(new Error(`closed after ${reply.length} bytes`)));
    socket.on('data', (bytes) => {
      if (reply.length < 24) {
        reply = Buffer.concat([reply, bytes]);
        if (reply.length >= 24)
          resolve(`${reply.toString('latin1', 8, 24).replace(/\0+$/, '')}:${reply.readInt32LE(4)}`);
        return;
      }
      received += bytes.toString('latin1');
      const text = answered ? undefined : answer(received);
      if (text === undefined) return;
      answered = true;
      socket.write(text, 'latin1');
    });
  });
  return { address, received: () => received };
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const whenBodyEnds = (received: string): string | undefined =>
  /\r\n0[^\r]*\r\n[\s\S]*\r\n$/.test(received) ? OK : undefined;
const exportTo = (addresses: readonly string[], rows: number): Promise<number> =>
  driver.execute(
    `EXPORT (SELECT range_value FROM (VALUES BETWEEN 1 AND ${rows})) INTO CSV ${addresses.map((address, n) => `AT 'http://${address}' FILE '${n}.csv'`).join(' ')}`,
  );
const importFrom = (address: string, options = ''): Promise<number> =>
  driver.execute(`IMPORT INTO f.t FROM CSV AT 'http://${address}' FILE '000.csv' ${options}`);
const body = (csv: string): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${csv.length.toString(16)}\r\n${csv}\r\n0\r\n\r\n`;

describe('an EXPORT', () => {
  it('comes in chunks, and ends with an empty one', async () => {
    const tunnel = await openTunnel(whenBodyEnds);
    expect(await exportTo([tunnel.address], 3)).toBe(3);
    expect(tunnel.received()).toMatch(
      /^PUT \/0\.csv HTTP\/1\.1\r\n[\s\S]*\r\n\r\n6\r\n1\n2\n3\n\r\n0\r\n\r\n$/,
    );
  });

  it('says Expect, has extensions and trailers where they are switched on', async () => {
    Object.assign(cluster.faults, { expectContinue: true, chunkExtensions: true, trailers: true });
    let heads = 0;
    const tunnel = await openTunnel((received) => {
      if (heads === 0 && received.endsWith('\r\n\r\n')) heads = 1;
      return whenBodyEnds(received);
    });
    expect(await exportTo([tunnel.address], 3)).toBe(3);
    expect(tunnel.received()).toMatch(
      /Expect: 100-continue\r\n\r\n6;turn=0\r\n1\n2\n3\n\r\n0;last\r\nX-Rows: unknown\r\nX-Node: 11\r\n\r\n$/,
    );
    expect(heads).toBe(1);
  });

  it('has a Content-Length where that is switched on', async () => {
    cluster.faults.contentLength = true;
    const tunnel = await openTunnel((received) => (received.endsWith('3\n') ? OK : undefined));
    expect(await exportTo([tunnel.address], 3)).toBe(3);
    expect(tunnel.received()).toMatch(/Content-Length: 6\r\n\r\n1\n2\n3\n$/);
  });

  it('leaves the first of its files empty where rows lie unevenly', async () => {
    cluster.faults.spread = unevenly;
    const tunnels = [
      await openTunnel(whenBodyEnds),
      await openTunnel(whenBodyEnds),
      await openTunnel(whenBodyEnds),
    ];
    expect(
      await exportTo(
        tunnels.map(({ address }) => address),
        9,
      ),
    ).toBe(9);
    const rows = tunnels.map(({ received }) => received().match(/^\d+$/gm)?.length ?? 0);
    expect(tunnels[0]?.received()).toMatch(/\r\n\r\n0\r\n\r\n$/);
    expect(rows[2]).toBeGreaterThan(rows[1] ?? 0);
  });

  it.each(['request', 'inside-chunk', 'between-chunks', 'after-body'] as const)(
    'fails when the node dies: %s',
    async (at) => {
      cluster.faults.death = { at };
      const tunnel = await openTunnel(whenBodyEnds);
      await expect(exportTo([tunnel.address], 30_000)).rejects.toThrow(/ETL-5106.*\[55\]/);
      const whole = /\r\n0\r\n\r\n$/.test(tunnel.received());
      expect(whole).toBe(at === 'after-body');
    },
  );

  it('fails with the status that the client answers', async () => {
    const tunnel = await openTunnel(
      () => 'HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n',
    );
    await expect(exportTo([tunnel.address], 3)).rejects.toThrow(/failed with error code=500/);
  });

  it('is refused a connection to a tunnel that is gone', async () => {
    await expect(exportTo(['127.0.0.2:20999'], 3)).rejects.toThrow(
      /port 20999: Connection refused\],\[7\]/,
    );
  });
});

describe('an IMPORT', () => {
  it('takes comments, quotes, doubled quotes and NULL as Exasol does', async () => {
    await driver.execute('TRUNCATE TABLE f.t');
    const tunnel = await openTunnel(() => body('1,"a ""b"""\n#no\n2,\n3,"x\ny"'));
    expect(await importFrom(tunnel.address)).toBe(3);
    const rows = await cluster.query('SELECT s FROM f.t ORDER BY id');
    expect(rows.map(({ s }) => s)).toEqual(['a "b"', null, 'x\ny']);
  });

  it('is nothing at all when the last chunk does not come', async () => {
    await driver.execute('TRUNCATE TABLE f.t');
    const tunnel = await openTunnel(
      () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1,a\n\r\n',
    );
    const failed = expect(importFrom(tunnel.address)).rejects.toThrow(
      /ETL-5105.*\[18\],\[Transferred a partial file\]/,
    );
    await expect.poll(() => tunnel.received()).toMatch(/^GET/);
    sockets[0]?.end();
    await failed;
    expect(await cluster.query('SELECT * FROM f.t')).toEqual([]);
  });

  it('names the row that has the wrong number of columns', async () => {
    const tunnel = await openTunnel(() => body('1,a\n2\n'));
    await expect(importFrom(tunnel.address)).rejects.toThrow(
      /ETL-2101: Error while parsing row=1 .*Expected: \[2\], found \[1\]/,
    );
  });

  it('names the row whose value does not fit, and passes it over within REJECT LIMIT', async () => {
    await driver.execute('TRUNCATE TABLE f.t');
    const wrong = await openTunnel(() => body('1,a\nx,b\n'));
    await expect(importFrom(wrong.address)).rejects.toThrow(/ETL-3050: \[Column=ID Row=1\]/);
    const tunnel = await openTunnel(() => body('1,a\nx,b\n'));
    expect(await importFrom(tunnel.address, 'REJECT LIMIT 1')).toBe(1);
  });
});
