/** Our tunnels against curl acting as the node, plain and with TLS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createTunnelCertificate, openTunnel, type Tunnel, TunnelError } from '@millrace/exasol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CurlNode, curl, curlVersion, startCurlNode } from './curl-node.js';

const version = curlVersion();
if (version === undefined)
  process.stderr.write('Skipped, for there is no curl here: our tunnels against curl.\n');

const BODY = Buffer.from(
  Array.from({ length: 60_000 }, (_, row) => `${row},"text ${row % 97}",${row / 8}\n`).join(''),
);

let folder: string;
let file: string;
let node: CurlNode;
let tunnel: Tunnel;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-curl-'));
  file = join(folder, 'body.csv');
  await writeFile(file, BODY);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  node = await startCurlNode();
});

afterEach(async () => {
  tunnel.close();
  await node.close();
});

/** The tunnel's address as curl takes it: with the pin of the key, and no other certificate trusted. */
async function open(
  secure: boolean,
  file = '000.csv',
): Promise<{ readonly url: string; readonly args: string[] }> {
  const certificate = secure ? await createTunnelCertificate() : undefined;
  const to = { host: '127.0.0.1', port: node.port };
  tunnel = await openTunnel(certificate === undefined ? to : { ...to, certificate });
  const [address = '', ...pin] = tunnel.address.split('/');
  const args = secure ? ['--insecure', '--pinnedpubkey', `sha256//${pin.join('/')}`] : [];
  return { url: `${secure ? 'https' : 'http'}://${address}/${file}`, args };
}

function collect(): { readonly bytes: () => Buffer; readonly sink: (bytes: Uint8Array) => void } {
  const parts: Buffer[] = [];
  return {
    bytes: () => Buffer.concat(parts),
    sink: (bytes) => void parts.push(Buffer.from(bytes)),
  };
}

describe.skipIf(version === undefined).each([
  ['http', false],
  ['https', true],
])(`${version ?? 'curl'} as the node, %s`, (_, secure) => {
  it('uploads in chunks, and waits for 100 Continue no longer than we let it', async () => {
    const { url, args } = await open(secure);
    const { bytes, sink } = collect();
    const receiving = tunnel.receive(sink);
    const trace = ['--verbose', '--write-out', '%{http_code} %{time_total}'];
    const result = await curl(
      [...args, ...trace, '-H', 'Expect: 100-continue', '-T', '-', url],
      BODY,
    );
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toMatch(/> Transfer-Encoding: chunked/i);
    expect(result.stderr).toContain('< HTTP/1.1 100 Continue');
    expect(result.stdout.toString()).toMatch(/^200 /);
    // Its own wait is one second.
    expect(result.stderr).not.toContain('Done waiting for 100-continue');
    expect((await receiving).bytes).toBe(BODY.length);
    expect(bytes().equals(BODY)).toBe(true);
  });

  it('uploads a body of a known length', async () => {
    const { url, args } = await open(secure);
    const { bytes, sink } = collect();
    const receiving = tunnel.receive(sink);
    const result = await curl([...args, '--verbose', '-T', file, url]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toMatch(new RegExp(`> Content-Length: ${BODY.length}`, 'i'));
    await receiving;
    expect(bytes().equals(BODY)).toBe(true);
  });

  it('uploads gzip of several members, and nothing at all', async () => {
    const members = Buffer.concat([
      gzipSync(BODY.subarray(0, 1000)),
      gzipSync(BODY.subarray(1000)),
    ]);
    for (const [sent, unpacked] of [
      [members, BODY],
      [Buffer.of(), Buffer.of()],
    ] as const) {
      const { url, args } = await open(secure, '000.gz');
      const { bytes, sink } = collect();
      const receiving = tunnel.receive(sink, { compression: true });
      const result = await curl([...args, '-T', '-', url], sent);
      expect(result.exitCode, result.stderr).toBe(0);
      await receiving;
      expect(bytes().equals(unpacked)).toBe(true);
    }
  });

  it('uploads as slowly as the sink takes it', async () => {
    const { url, args } = await open(secure);
    const { bytes, sink } = collect();
    const receiving = tunnel.receive(async (piece) => {
      await turn();
      sink(piece);
    });
    const result = await curl([...args, '-T', '-', url], BODY);
    expect(result.exitCode, result.stderr).toBe(0);
    await receiving;
    expect(bytes().equals(BODY)).toBe(true);
  });

  it('sees 500 when the sink fails', async () => {
    const { url, args } = await open(secure);
    const receiving = tunnel
      .receive(() => Promise.reject(new Error('the disk is full')))
      .catch((error: unknown) => error);
    const result = await curl(
      [...args, '--fail', '-T', '-', url],
      Buffer.concat(Array(20).fill(BODY)),
    );
    expect(result.exitCode, result.stderr).toBe(22);
    expect(result.stderr).toContain('500');
    const error = await receiving;
    expect(error).toBeInstanceOf(TunnelError);
    expect(error).toMatchObject({ code: 'sink-failed' });
  });

  it('downloads', async () => {
    const { url, args } = await open(secure);
    const sending = tunnel.send([
      BODY.subarray(0, 7),
      BODY.subarray(7, 100_000),
      BODY.subarray(100_000),
    ]);
    const result = await curl([...args, '--fail', url]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout.equals(BODY)).toBe(true);
    expect(await sending).toEqual({ wireBytes: BODY.length, bytes: BODY.length });
  });

  it('asks several times over one connection: for the headers, and for a body that can be given again', async () => {
    const { url, args } = await open(secure);
    const sending = tunnel.send(() => [BODY]);
    const result = await curl([
      ...args,
      '--fail',
      '--verbose',
      '--head',
      url,
      '--next',
      ...args,
      '--silent',
      '--fail',
      url,
      url,
    ]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(result.stdout.length).toBeGreaterThan(2 * BODY.length);
    expect(result.stdout.subarray(-2 * BODY.length).equals(Buffer.concat([BODY, BODY]))).toBe(true);
    await sending;
  });

  it('downloads gzip', async () => {
    const { url, args } = await open(secure, '000.gz');
    const sending = tunnel.send([BODY], { compression: true });
    const result = await curl([...args, '--fail', url]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(gunzipSync(result.stdout).equals(BODY)).toBe(true);
    await sending;
  });

  it('calls a body whose source fails a partial file', async () => {
    const { url, args } = await open(secure);
    async function* source(): AsyncGenerator<Uint8Array> {
      yield BODY;
      throw new Error('the file is gone');
    }
    const sending = tunnel.send(source()).catch((error: unknown) => error);
    const result = await curl([...args, '--fail', url]);
    // 18, partial file; over TLS also 56: the connection ends without a farewell.
    expect([18, 56]).toContain(result.exitCode);
    expect(await sending).toMatchObject({ code: 'source-failed' });
  });
});

describe.skipIf(version === undefined)(`${version ?? 'curl'} as the node, with another key`, () => {
  it('refuses us, and the tunnel fails', async () => {
    const { url } = await open(true);
    const other = await createTunnelCertificate();
    const receiving = tunnel.receive(() => undefined).catch((error: unknown) => error);
    const result = await curl([
      '--insecure',
      '--pinnedpubkey',
      `sha256//${other.pin}`,
      '-T',
      file,
      url,
    ]);
    expect(result.exitCode).toBe(90);
    expect(await receiving).toMatchObject({ phase: 'waiting for a request' });
  });

  it('refuses us without a pin, as one who checks certificates does', async () => {
    const { url } = await open(true);
    const sending = tunnel.send([BODY]).catch((error: unknown) => error);
    const result = await curl([url]);
    expect(result.exitCode).toBe(60);
    expect(await sending).toMatchObject({ code: 'line-failed' });
  });
});
