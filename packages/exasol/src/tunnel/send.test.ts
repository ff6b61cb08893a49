import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NodeLine, type RawNode, startRawNode } from '../testing/raw-node.js';
import { turns } from '../testing/turns.js';
import { openTunnel } from './open-tunnel.js';
import type { Tunnel } from './tunnel.js';
import type { TunnelError } from './tunnel-error.js';

let node: RawNode;
let tunnel: Tunnel;

beforeEach(async () => {
  node = await startRawNode();
  tunnel = await openTunnel({ host: '127.0.0.1', port: node.port });
});

afterEach(async () => {
  tunnel.close();
  await node.close();
});

const GET = 'GET /000.csv HTTP/1.1\r\nHost: x\r\n\r\n';
const PACKED_GET = GET.replace('.csv', '.gz');
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n';
const bytes = (text: string): Uint8Array => Buffer.from(text);

function failure(promise: Promise<unknown>): Promise<TunnelError> {
  return promise.then(
    () => expect.unreachable('the tunnel must fail'),
    (error: TunnelError) => error,
  );
}

/** Asks, and gives what is received when the source has been sent. */
async function ask(line: NodeLine, request = GET): Promise<string> {
  line.write(request);
  await line.until((text) => text.endsWith('0\r\n\r\n'));
  return line.received().toString();
}

describe('send', () => {
  it('answers a GET with chunks and the terminal one', async () => {
    const sending = tunnel.send([bytes('1,one\n'), bytes(''), bytes('2,two\n')]);
    const line = await node.next();
    const expected = `${HEAD}6\r\n1,one\n\r\n6\r\n2,two\n\r\n0\r\n\r\n`;
    expect(await ask(line)).toBe(expected);
    expect(await sending).toEqual({ wireBytes: 12, bytes: 12 });
  });

  it('sends nothing before it is asked, and its headers before the source gives anything', async () => {
    let release: () => void = () => undefined;
    let began = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      began = true;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      yield bytes('x');
    }
    const sending = tunnel.send(source());
    const line = await node.next();
    line.write(GET.slice(0, 10));
    await turns();
    expect(line.received().length).toBe(0);
    expect(began).toBe(false);
    line.write(GET.slice(10));
    expect(await line.until((text) => text === HEAD)).toBe('found');
    release();
    await sending;
  });

  it('answers HEAD without a body, and then GET', async () => {
    const sending = tunnel.send([bytes('x')]);
    const line = await node.next();
    const text = await ask(line, `HEAD /000.csv HTTP/1.1\r\n\r\n${GET}`);
    expect(text).toBe(`${HEAD}${HEAD}1\r\nx\r\n0\r\n\r\n`);
    await sending;
  });

  it('answers again when there was nothing to send', async () => {
    const sending = tunnel.send([]);
    const line = await node.next();
    expect(await ask(line)).toBe(`${HEAD}0\r\n\r\n`);
    await sending;
    line.write(GET);
    await line.until((text) => text.length === 2 * (HEAD.length + 5));
    expect(line.received().toString()).toBe(`${HEAD}0\r\n\r\n${HEAD}0\r\n\r\n`);
  });

  it('calls a function again when the node asks again, and counts its bytes once', async () => {
    let calls = 0;
    const sending = tunnel.send(() => [bytes(`${++calls > 0 ? 'same' : ''}`)]);
    const line = await node.next();
    const first = await ask(line);
    expect(await sending).toEqual({ wireBytes: 4, bytes: 4 });
    line.write(GET);
    await line.until((text) => text.length === 2 * first.length);
    expect(line.received().toString()).toBe(first + first);
    expect(calls).toBe(2);
  });

  it('says that a stream is gone when the node asks again', async () => {
    const sending = tunnel.send([bytes('x')]);
    const line = await node.next();
    const first = await ask(line);
    await sending;
    line.write(GET);
    await line.until((text) => text.includes('410 Gone'));
    expect(line.received().toString().slice(first.length)).toMatch(/^HTTP\/1\.1 410 Gone\r\n/);
  });

  it('keeps the connection open until it is closed', async () => {
    const sending = tunnel.send([bytes('x')]);
    const line = await node.next();
    await ask(line);
    await sending;
    tunnel.settle();
    await turns();
    expect(line.socket.readableEnded).toBe(false);
    tunnel.close();
    expect(await line.until(() => false)).toBe('ended');
  });

  it('does not send the terminal chunk when the source fails', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes('1,one\n');
      throw new Error('the file is gone');
    }
    const sending = failure(tunnel.send(source()));
    const line = await node.next();
    line.write(GET);
    const error = await sending;
    expect(error).toMatchObject({ code: 'source-failed', byteCount: 6 });
    expect((error.cause as Error).message).toBe('the file is gone');
    expect(await line.until(() => false)).toBe('ended');
    expect(line.received().toString()).toBe(`${HEAD}6\r\n1,one\n`);
  });

  it('refuses a source of text', async () => {
    const sending = failure(tunnel.send(['text'] as unknown as Uint8Array[]));
    (await node.next()).write(GET);
    expect(await sending).toMatchObject({ code: 'source-failed', cause: expect.any(TypeError) });
  });

  it.each(['close', 'settle'] as const)('stops the source on %s', async (how) => {
    let stopped = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(1 << 20);
      } finally {
        stopped = true;
      }
    }
    const sending = failure(tunnel.send(source()));
    const line = await node.next();
    line.socket.pause();
    line.write(GET);
    await turns();
    expect(stopped).toBe(false);
    if (how === 'close') tunnel.close();
    else tunnel.settle(new Error('data exception'));
    expect((await sending).code).toBe(how === 'close' ? 'aborted' : 'statement-failed');
    await turns();
    expect(stopped).toBe(true);
  });

  it('fails when the node goes while the source has nothing to give', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes('x');
      await new Promise(() => undefined);
    }
    const sending = failure(tunnel.send(source()));
    const line = await node.next();
    line.write(GET);
    await line.until((text) => text.endsWith('x'));
    line.socket.destroy();
    expect(['closed-early', 'line-failed']).toContain((await sending).code);
  });

  it('refuses a PUT', async () => {
    const sending = failure(tunnel.send([bytes('x')]));
    const line = await node.next();
    line.write('PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
    expect(await sending).toMatchObject({ code: 'malformed-request' });
    await line.until((text) => text.endsWith('\r\n\r\n'));
    expect(line.received().toString()).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('lets the node go once it has everything', async () => {
    const sending = tunnel.send([bytes('x')]);
    const line = await node.next();
    await ask(line);
    await sending;
    line.socket.end();
    await once(line.socket, 'close');
    tunnel.settle();
  });

  it('packs what it sends', async () => {
    const TEXT = 'some bytes, '.repeat(50_000);
    const sending = tunnel.send([bytes(TEXT), bytes('and more')], { compression: true });
    const line = await node.next();
    await ask(line, PACKED_GET);
    expect(await sending).toMatchObject({ bytes: TEXT.length + 8 });
    const body = line.received().subarray(HEAD.length);
    expect(gunzipSync(unchunk(body)).toString()).toBe(`${TEXT}and more`);
  });

  it('does not end a packed body whose source fails', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes('x'.repeat(1000));
      throw new Error('gone');
    }
    const sending = failure(tunnel.send(source(), { compression: true }));
    const line = await node.next();
    line.write(PACKED_GET);
    expect(await sending).toMatchObject({ code: 'source-failed', cause: { message: 'gone' } });
    expect(await line.until((text) => text.endsWith('0\r\n\r\n'))).toBe('ended');
  });

  it.each([
    ['packed', PACKED_GET, {}],
    ['plain', GET, { compression: true }],
  ])(
    'sends nothing for a file that the statement has as %s, and the tunnel has not',
    async (_, request, options) => {
      const sending = failure(tunnel.send([bytes('x')], options));
      const line = await node.next();
      line.write(request);
      expect(await sending).toMatchObject({ code: 'malformed-request' });
      await line.until((text) => text.endsWith('\r\n\r\n'));
      expect(line.received().toString()).toMatch(/^HTTP\/1\.1 400 /);
    },
  );
});

function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
