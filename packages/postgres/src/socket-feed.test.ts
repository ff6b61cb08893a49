/** Where bytes land, and that a pause stops them, for both ways they come: straight into the wire, and in chunks. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConnectionError } from './errors.js';
import { type FeedOwner, SocketFeed } from './socket-feed.js';
import { WireBuffer } from './wire/wire-buffer.js';

/** Takes bytes off a small wire, and keeps them. */
class Owner implements FeedOwner {
  readonly small = new WireBuffer(10);
  text = '';
  lostWith: ConnectionError | undefined;
  calls = 0;
  onReceived: () => void = () => undefined;
  #wake: () => void = () => undefined;

  wire(): WireBuffer {
    return this.small;
  }

  received(): void {
    this.calls++;
    this.onReceived();
    this.#wake();
  }

  lost(error: ConnectionError): void {
    this.lostWith = error;
    this.#wake();
  }

  take(): void {
    const { bytes, end } = this.small;
    this.text += Buffer.from(bytes.subarray(0, end)).toString('latin1');
    this.small.scanned = end;
    this.small.discardScanned();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

describe('bytes in chunks', () => {
  /** The plain side of an encrypted stream, as far as a feed sees it. */
  function chunked(readBytes = 0) {
    const stream = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
    const feed = new SocketFeed({ readBytes });
    const owner = new Owner();
    feed.takeOver(stream);
    feed.attach(owner);
    const arrive = (text: string): boolean => stream.emit('data', Buffer.from(text));
    return { feed, owner, arrive, stream };
  }

  test('are handed over as the wire has room', () => {
    const { owner, arrive } = chunked();
    owner.onReceived = () => owner.take();
    arrive(ALPHABET);
    expect([owner.text, owner.calls]).toEqual([ALPHABET, 3]);
  });

  test('are handed over in pieces of the size asked for', () => {
    const { owner, arrive } = chunked(3);
    owner.onReceived = () => owner.take();
    arrive(ALPHABET);
    expect([owner.text, owner.calls]).toEqual([ALPHABET, 9]);
  });

  test('wait while reading is paused, those of later chunks behind them', () => {
    const { feed, owner, arrive, stream } = chunked();
    owner.onReceived = () => feed.pause();
    arrive(ALPHABET);
    arrive('0123');
    expect([owner.small.end, owner.calls, stream.isPaused()]).toEqual([10, 1, true]);
    owner.take();
    feed.resume();
    expect([owner.small.end, owner.calls, stream.isPaused()]).toEqual([10, 2, true]);
    owner.take();
    owner.onReceived = () => owner.take();
    feed.resume();
    expect([owner.text, stream.isPaused()]).toEqual([`${ALPHABET}0123`, false]);
  });

  test('that its owner takes while it resumes are not handed over twice', () => {
    const { feed, owner, arrive } = chunked();
    owner.onReceived = () => feed.pause();
    arrive(ALPHABET);
    owner.take();
    owner.onReceived = () => {
      owner.take();
      feed.pause();
      feed.resume();
    };
    feed.resume();
    expect(owner.text).toBe(ALPHABET);
  });
});

describe('bytes straight from a socket', () => {
  let server: Server;
  let peer: Socket;
  let feed: SocketFeed;
  let owner: Owner;

  async function connect(readBytes: number): Promise<void> {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    feed = new SocketFeed({ readBytes });
    owner = new Owner();
    const accepted = once(server, 'connection');
    feed.socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
    [peer] = (await accepted) as [Socket];
    peer.on('error', () => undefined);
    feed.takeOver(feed.socket);
    feed.attach(owner);
  }

  beforeEach(() => connect(0));

  afterEach(() => {
    feed.destroy();
    peer.destroy();
    server.close();
  });

  test('land behind those that wait, wherever these were moved since the last read', async () => {
    peer.write('abc');
    await owner.until(() => owner.small.end === 3);
    owner.take();
    peer.write('defg');
    await owner.until(() => owner.small.end === 4);
    owner.take();
    expect(owner.text).toBe('abcdefg');
  });

  test('land in the larger wire when it was enlarged since the last read', async () => {
    peer.write('abc');
    await owner.until(() => owner.small.end === 3);
    owner.small.grow(100);
    peer.write('def');
    await owner.until(() => owner.small.end === 6);
    owner.take();
    expect(owner.text).toBe('abcdef');
  });

  test('that find no room wait for it', async () => {
    owner.onReceived = () => {
      if (owner.small.room === 0) feed.pause();
    };
    peer.write(ALPHABET);
    while (owner.text.length < ALPHABET.length) {
      await owner.until(() => owner.small.end > 0);
      owner.take();
      feed.resume();
    }
    expect(owner.text).toBe(ALPHABET);
  });

  test('come in pieces of the size asked for', async () => {
    feed.destroy();
    peer.destroy();
    server.close();
    await connect(2);
    const sizes: number[] = [];
    owner.onReceived = () => {
      sizes.push(owner.small.end);
      owner.take();
    };
    peer.write(ALPHABET);
    await owner.until(() => owner.text.length === ALPHABET.length);
    expect(owner.text).toBe(ALPHABET);
    expect(sizes.slice(1).every((size) => size <= 2)).toBe(true);
  });

  test('that end are a loss, with the code of the system where there is one', async () => {
    peer.resetAndDestroy();
    await owner.until(() => owner.lostWith !== undefined);
    expect(owner.lostWith).toBeInstanceOf(ConnectionError);
    expect(owner.lostWith!.code).toBe('ECONNRESET');
    await feed.closed;
  });

  test('that end in order are a loss too', async () => {
    peer.end();
    await owner.until(() => owner.lostWith !== undefined);
    expect(owner.lostWith!.message).toBe('The server closed the connection');
  });

  test('of a feed that was ended are nobody’s any more', async () => {
    feed.end(Buffer.from('bye'));
    expect(String(await once(peer, 'data').then(([bytes]) => bytes))).toBe('bye');
    peer.end('late');
    await feed.closed;
    expect([owner.calls, owner.lostWith]).toEqual([0, undefined]);
  });
});
