import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RawNode, startRawNode } from '../testing/raw-node.js';
import { numbersOf, testSeed } from '../testing/seed.js';
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

const CHUNKED = 'PUT /000.csv HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';

function collector(): { text: () => string; sink: (bytes: Uint8Array) => void } {
  const parts: Buffer[] = [];
  return {
    text: () => Buffer.concat(parts).toString(),
    sink: (bytes) => void parts.push(Buffer.from(bytes)),
  };
}

function failure(promise: Promise<unknown>): Promise<TunnelError> {
  return promise.then(
    () => expect.unreachable('the tunnel must fail'),
    (error: TunnelError) => error,
  );
}

describe('receive', () => {
  it('gives the sink a chunked body and answers when it has all of it', async () => {
    const { text, sink } = collector();
    const receiving = tunnel.receive(sink);
    const line = await node.next();
    line.write(`${CHUNKED}5\r\nhello\r\n`);
    line.write('6;ext="a b"\r\n world\r\n0\r\nTrailer: x\r\n\r\n');
    expect(await receiving).toEqual({ wireBytes: 11, bytes: 11 });
    expect(text()).toBe('hello world');
    await line.until((received) => received.endsWith('\r\n\r\n'));
    expect(line.received().toString()).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );
  });

  it.each([
    ['Content-Length', 'PUT /000.csv HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc', 'abc'],
    ['an empty Content-Length', 'PUT /000.csv HTTP/1.1\r\nContent-Length: 0\r\n\r\n', ''],
    [
      'upper and lower case sizes',
      `${CHUNKED}a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n`,
      '01234567890123456789',
    ],
    ['leading zeros', `${CHUNKED}0003\r\nabc\r\n000\r\n\r\n`, 'abc'],
    ['no chunk but the last', `${CHUNKED}0\r\n\r\n`, ''],
    [
      'questions before it',
      `HEAD /000.csv HTTP/1.1\r\n\r\nGET /000.csv HTTP/1.1\r\n\r\n${CHUNKED}1\r\nx\r\n0\r\n\r\n`,
      'x',
    ],
  ])('reads a body with %s', async (_, request, body) => {
    const { text, sink } = collector();
    const receiving = tunnel.receive(sink);
    (await node.next()).write(request);
    await receiving;
    expect(text()).toBe(body);
  });

  it('reads the same body however it is cut', async () => {
    const seed = testSeed();
    const below = numbersOf(seed);
    const body = Buffer.from(Array.from({ length: 5000 }, () => below(256)));
    const pieces: Buffer[] = [Buffer.from(CHUNKED)];
    for (let at = 0; at < body.length; ) {
      const end = Math.min(body.length, at + 1 + below(at < 500 ? 3 : 900));
      const size = (end - at).toString(16);
      const extension = ['', ';x', ' ; y="1"'][below(3)];
      pieces.push(Buffer.from(`${below(2) ? size : size.toUpperCase()}${extension}\r\n`));
      pieces.push(body.subarray(at, end), Buffer.from('\r\n'));
      at = end;
    }
    pieces.push(Buffer.from('0\r\nA: b\r\nC: d\r\n\r\n'));
    const whole = Buffer.concat(pieces);
    const parts: Buffer[] = [];
    const receiving = tunnel.receive((bytes) => {
      const copy = Buffer.from(bytes);
      if (below(4) > 0) return void parts.push(copy);
      // The bytes stay as they are until the sink has taken them.
      return new Promise((resolve) => {
        setImmediate(() => {
          expect(Buffer.from(bytes), `seed ${seed}`).toEqual(copy);
          parts.push(copy);
          resolve();
        });
      });
    });
    const line = await node.next();
    for (let at = 0; at < whole.length; ) {
      const end = at + 1 + below(60);
      await new Promise((resolve) => line.socket.write(whole.subarray(at, end), resolve));
      at = end;
    }
    await receiving;
    expect(Buffer.concat(parts).equals(body), `seed ${seed}`).toBe(true);
  });

  it('reads as few bytes at a time as it is told', async () => {
    const small = await openTunnel({ host: '127.0.0.1', port: node.port, readBytes: 7 });
    const lengths: number[] = [];
    const receiving = small.receive((bytes) => void lengths.push(bytes.length));
    await node.next();
    (await node.next()).write(`${CHUNKED}14\r\n${'x'.repeat(20)}\r\n0\r\n\r\n`);
    expect(await receiving).toEqual({ wireBytes: 20, bytes: 20 });
    expect(Math.max(...lengths)).toBeLessThanOrEqual(7);
    small.close();
  });

  it('answers 100 Continue at once where it is asked for', async () => {
    const { sink } = collector();
    const receiving = tunnel.receive(sink);
    const line = await node.next();
    line.write('PUT /000.csv HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n');
    expect(await line.until((text) => text === 'HTTP/1.1 100 Continue\r\n\r\n')).toBe('found');
    line.write('x');
    await receiving;
  });

  it('reads no more while the sink is busy', async () => {
    let taken = 0;
    let most = 0;
    let release: () => void = () => undefined;
    const receiving = tunnel.receive((bytes) => {
      taken++;
      most = Math.max(most, bytes.length);
      return new Promise((resolve) => {
        release = resolve;
      });
    });
    const line = await node.next();
    line.write(`${CHUNKED}${(1 << 26).toString(16)}\r\n`);
    line.socket.write(Buffer.alloc(1 << 26));
    await turns();
    expect(taken).toBe(1);
    expect(line.socket.writableLength).toBeGreaterThan(0);
    line.write('\r\n0\r\n\r\n');
    const pump = setInterval(() => release(), 0);
    expect((await receiving).bytes).toBe(1 << 26);
    clearInterval(pump);
    expect(most).toBeLessThanOrEqual(262_144);
  });

  it.each([
    ['before a request', '', 'waiting for a request', 0],
    ['in the request', 'PUT /000.csv HT', 'waiting for a request', 0],
    ['before the first chunk', CHUNKED, 'body', 0],
    ['inside a chunk', `${CHUNKED}5\r\nhel`, 'body', 3],
    ['between chunks', `${CHUNKED}5\r\nhello\r\n`, 'body', 5],
    ['before the end of the last chunk', `${CHUNKED}5\r\nhello\r\n0\r\n`, 'body', 5],
    ['inside a body of known length', 'PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc', 'body', 3],
  ])('fails when the node ends %s', async (_, sent, phase, byteCount) => {
    const { sink } = collector();
    const receiving = failure(tunnel.receive(sink));
    const line = await node.next();
    line.socket.end(sent);
    const error = await receiving;
    expect(error).toMatchObject({
      code: 'closed-early',
      phase,
      byteCount,
      address: '10.1.2.3:4567',
    });
    expect(error.message).toContain('tunnel closed before end of stream');
  });

  it('fails when the node resets the connection', async () => {
    const { sink } = collector();
    const receiving = failure(tunnel.receive(sink));
    const line = await node.next();
    line.write(`${CHUNKED}5\r\nhel`);
    await turns();
    line.socket.resetAndDestroy();
    // Node sends FIN before RST: which of them is seen first is the kernel's affair.
    expect(['line-failed', 'closed-early']).toContain((await receiving).code);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 'malformed-request'],
    ['another method', 'POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 'malformed-request'],
    ['no length', 'PUT / HTTP/1.1\r\n\r\n', 'malformed-request'],
    [
      'two lengths',
      'PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'malformed-request',
    ],
    [
      'an encoding unknown here',
      'PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n',
      'malformed-request',
    ],
    ['a head without end', `PUT / HTTP/1.1\r\n${'x: y\r\n'.repeat(3000)}`, 'malformed-request'],
    ['a size that is none', `${CHUNKED}xyz\r\n`, 'malformed-body'],
    ['no size', `${CHUNKED}\r\n`, 'malformed-body'],
    ['a size too large', `${CHUNKED}${'1'.repeat(14)}\r\n`, 'malformed-body'],
    ['a chunk longer than it says', `${CHUNKED}1\r\nabc\r\n`, 'malformed-body'],
    ['trailers without end', `${CHUNKED}0\r\n${'x: y\r\n'.repeat(3000)}`, 'malformed-body'],
  ])('refuses %s', async (_, sent, code) => {
    const { sink } = collector();
    const receiving = failure(tunnel.receive(sink));
    const line = await node.next();
    line.write(sent);
    expect(await receiving).toMatchObject({ code });
    await line.until((text) => text.endsWith('\r\n\r\n'));
    expect(line.received().toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    [
      'throws',
      (): void => {
        throw new Error('the disk is full');
      },
    ],
    ['rejects', (): Promise<void> => Promise.reject(new Error('the disk is full'))],
  ])('answers 500 when the sink %s', async (_, sink) => {
    const receiving = failure(tunnel.receive(sink));
    const line = await node.next();
    line.write(`${CHUNKED}5\r\nhello\r\n`);
    const error = await receiving;
    expect(error).toMatchObject({ code: 'sink-failed', byteCount: 5 });
    expect((error.cause as Error).message).toBe('the disk is full');
    tunnel.close();
    expect(await line.until((text) => text.startsWith('HTTP/1.1 500 '))).toBe('found');
    line.socket.end();
  });

  it('waits for nothing once its statement has failed', async () => {
    const { sink } = collector();
    const receiving = failure(tunnel.receive(sink));
    const line = await node.next();
    const cause = new Error('object NOSUCH not found');
    tunnel.settle(cause);
    expect(await receiving).toMatchObject({ code: 'statement-failed', cause });
    expect(await line.until(() => false)).toBe('ended');
  });

  it('calls a statement that ended well without using it a failure', async () => {
    const { sink } = collector();
    const receiving = failure(tunnel.receive(sink));
    tunnel.settle();
    expect(await receiving).toMatchObject({ code: 'never-asked' });
  });

  it('waits a while for bytes on their way when the statement has ended well', async () => {
    const { sink, text } = collector();
    const receiving = tunnel.receive(sink);
    const line = await node.next();
    line.write(`${CHUNKED}5\r\nhel`);
    await turns();
    tunnel.settle();
    line.write('lo\r\n0\r\n\r\n');
    await receiving;
    expect(text()).toBe('hello');
  });

  it('fails when the statement has ended well, and nothing more comes', async () => {
    const receiving = failure(tunnel.receive(collector().sink));
    const line = await node.next();
    line.write(`${CHUNKED}5\r\nhel`);
    await turns();
    tunnel.settle(undefined, 10);
    expect(await receiving).toMatchObject({ code: 'never-asked', phase: 'body', byteCount: 3 });
  });

  it('fails at once when the statement had failed before', async () => {
    tunnel.settle(new Error('no'));
    const error = await failure(tunnel.receive(collector().sink));
    expect(error.code).toBe('statement-failed');
  });

  it('fails when it is closed, and when it is used twice', async () => {
    const receiving = failure(tunnel.receive(collector().sink));
    expect(await failure(tunnel.receive(collector().sink))).toMatchObject({ code: 'aborted' });
    tunnel.close();
    expect(await receiving).toMatchObject({ code: 'aborted' });
  });
});

describe('receive with compression', () => {
  const PACKED = CHUNKED.replace('.csv', '.gz');
  const TEXT = 'some bytes, '.repeat(50_000);
  const chunk = (bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

  it('unpacks several members, cut anywhere', async () => {
    const packed = Buffer.concat([gzipSync(TEXT), gzipSync(''), gzipSync('and more')]);
    const { text, sink } = collector();
    const receiving = tunnel.receive(sink, { compression: true });
    const line = await node.next();
    line.write(PACKED);
    for (let at = 0; at < packed.length; at += 97) line.write(chunk(packed.subarray(at, at + 97)));
    line.write('0\r\n\r\n');
    expect(await receiving).toEqual({ wireBytes: packed.length, bytes: TEXT.length + 8 });
    expect(text()).toBe(`${TEXT}and more`);
  });

  it('takes nothing for nothing', async () => {
    const receiving = tunnel.receive(collector().sink, { compression: true });
    (await node.next()).write(`${PACKED}0\r\n\r\n`);
    expect(await receiving).toEqual({ wireBytes: 0, bytes: 0 });
  });

  it.each([
    ['plain text', Buffer.from('1,one\n')],
    ['a member cut off', gzipSync(TEXT).subarray(0, 200)],
    ['garbage after a member', Buffer.concat([gzipSync('x'), Buffer.from('garbage')])],
  ])('fails for %s', async (_, body) => {
    const receiving = failure(tunnel.receive(collector().sink, { compression: true }));
    const line = await node.next();
    line.write(PACKED);
    line.write(chunk(body));
    line.write('0\r\n\r\n');
    expect(await receiving).toMatchObject({ code: 'malformed-body' });
  });

  it('fails when the sink does', async () => {
    const receiving = failure(
      tunnel.receive(() => Promise.reject(new Error('full')), { compression: true }),
    );
    const line = await node.next();
    line.write(PACKED);
    line.write(chunk(gzipSync(TEXT)));
    line.write('0\r\n\r\n');
    expect(await receiving).toMatchObject({ code: 'sink-failed', cause: { message: 'full' } });
  });

  it.each([
    ['packed, where it is not expected', '000.csv.gz', {}],
    ['plain, where it should be packed', '000.csv', { compression: true }],
    ['packed otherwise', '/000.ZIP?x', { format: 'bz2' }],
  ] as const)('refuses a file that is %s', async (_, file, options) => {
    const receiving = failure(tunnel.receive(collector().sink, options));
    const line = await node.next();
    line.write(CHUNKED.replace('000.csv', file));
    expect(await receiving).toMatchObject({ code: 'malformed-request' });
    expect(await line.until((text) => text.startsWith('HTTP/1.1 400'))).toBe('found');
  });

  it('lets through what is packed as it was said', async () => {
    const { text, sink } = collector();
    const receiving = tunnel.receive(sink, { compression: true, format: 'bz2' });
    (await node.next()).write(`${CHUNKED.replace('.csv', '.bz2')}1\r\nx\r\n0\r\n\r\n`);
    expect(await receiving).toEqual({ wireBytes: 1, bytes: 1 });
    expect(text()).toBe('x');
  });
});
