import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { helloReply, type RawNode, startRawNode } from '../testing/raw-node.js';
import { turns } from '../testing/turns.js';
import { openTunnel } from './open-tunnel.js';
import { createTunnelCertificate } from './tunnel-certificate.js';
import type { TunnelError } from './tunnel-error.js';

let node: RawNode | undefined;

afterEach(async () => {
  await node?.close();
  node = undefined;
});

function failure(promise: Promise<unknown>): Promise<TunnelError> {
  return promise.then(
    () => expect.unreachable('the tunnel must not open'),
    (error: TunnelError) => error,
  );
}

describe('openTunnel', () => {
  it('reads an answer in pieces, and what comes right behind it', async () => {
    const reply = helloReply('192.168.100.200', 65_535);
    const request = 'PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi';
    node = await startRawNode([
      reply.subarray(0, 1),
      reply.subarray(1, 23),
      Buffer.concat([reply.subarray(23), Buffer.from(request)]),
    ]);
    const tunnel = await openTunnel({ host: '127.0.0.1', port: node.port });
    expect(tunnel.address).toBe('192.168.100.200:65535');
    await turns();
    const parts: string[] = [];
    const result = await tunnel.receive((bytes) => void parts.push(Buffer.from(bytes).toString()));
    expect([parts, result.bytes]).toEqual([['hi'], 2]);
    tunnel.close();
  });

  it('names its key in its address', async () => {
    node = await startRawNode();
    const certificate = await createTunnelCertificate();
    const tunnel = await openTunnel({ host: '127.0.0.1', port: node.port, certificate });
    expect(tunnel.address).toBe(`10.1.2.3:4567/${certificate.pin}`);
    expect(tunnel.address).toMatch(/^\d+(\.\d+){3}:\d+\/[A-Za-z0-9+/]{43}=$/);
    tunnel.close();
  });

  it.each([
    ['no text of an address', helloReply('node-7.example')],
    ['an address out of range', helloReply('10.0.0.256')],
    ['no port', helloReply('10.0.0.1', 0)],
    ['a port out of range', helloReply('10.0.0.1', 65_536)],
    ['bytes behind the padding', helloReply('10.0.0.1\0x')],
  ])('refuses an answer with %s', async (_, reply) => {
    node = await startRawNode([reply]);
    const error = await failure(openTunnel({ host: '127.0.0.1', port: node.port }));
    expect(error).toMatchObject({ code: 'malformed-hello', address: `127.0.0.1:${node.port}` });
  });

  it('fails when the node hangs up instead of answering', async () => {
    const server = createServer((socket) => socket.end('short')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const error = await failure(openTunnel({ host: '127.0.0.1', port }));
    server.close();
    expect(error).toMatchObject({ code: 'malformed-hello' });
    expect(error.message).toContain('5 bytes');
    expect(await failure(openTunnel({ host: '127.0.0.1', port }))).toMatchObject({
      code: 'connect-failed',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('fails when the node says nothing in time, and when it is aborted', async () => {
    node = await startRawNode([]);
    const to = { host: '127.0.0.1', port: node.port };
    expect(await failure(openTunnel({ ...to, connectTimeoutMs: 20 }))).toMatchObject({
      code: 'connect-failed',
    });
    const abort = new AbortController();
    const opening = failure(openTunnel({ ...to, signal: abort.signal }));
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await opening).toMatchObject({ code: 'aborted', cause: reason });
    expect(await failure(openTunnel({ ...to, signal: abort.signal }))).toMatchObject({
      code: 'aborted',
    });
  });

  it('is ended by its signal whatever it does', async () => {
    node = await startRawNode();
    const abort = new AbortController();
    const to = { host: '127.0.0.1', port: node.port, signal: abort.signal };
    const [waiting, idle] = await Promise.all([openTunnel(to), openTunnel(to)]);
    const receiving = failure(waiting.receive(() => undefined));
    abort.abort(new Error('enough'));
    expect(await receiving).toMatchObject({ code: 'aborted', cause: { message: 'enough' } });
    expect(await failure(idle.receive(() => undefined))).toMatchObject({ code: 'aborted' });
    const lines = await Promise.all([node.next(), node.next()]);
    expect(await Promise.all(lines.map((line) => line.until(() => false)))).toEqual([
      'ended',
      'ended',
    ]);
  });
});
