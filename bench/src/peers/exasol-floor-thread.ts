/** Thread entry of the Exasol floor: dials its tunnels by hand, says their addresses, then counts bytes to their end. */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { FloorMessage } from './exasol-floor.js';

const port = parentPort;
if (port === null) throw new Error('exasol-floor-thread runs in a worker thread');

const target = workerData as { readonly port: number; readonly hosts: readonly string[] };
const readBytes = 262_144;
const hello = Buffer.from('022121020100000001000000', 'hex');
const replyBytes = 24;
/** What ends a body. CSV has no carriage return, so nothing else does. */
const end = Buffer.from('0\r\n\r\n');

interface Tunnel {
  readonly address: Promise<string>;
  readonly bytes: Promise<number>;
}

port.on('message', async () => {
  const tunnels = target.hosts.map(openTunnel);
  say({ addresses: await Promise.all(tunnels.map(({ address }) => address)) });
  const counts = await Promise.all(tunnels.map(({ bytes }) => bytes));
  say({ bytes: counts.reduce((sum, count) => sum + count, 0) });
});
port.postMessage('ready');

function say(message: FloorMessage): void {
  port?.postMessage(message);
}

function openTunnel(host: string): Tunnel {
  let count = 0;
  let tail: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  const address = deferred<string>();
  const bytes = deferred<number>();
  const socket: Socket = connect({
    host,
    port: target.port,
    noDelay: true,
    onread: {
      buffer: new Uint8Array(readBytes),
      callback: (length: number, memory: Uint8Array): boolean => {
        const first = count === 0;
        count += length;
        const last = Buffer.from(
          memory.buffer,
          memory.byteOffset + Math.max(0, length - 5),
          Math.min(length, 5),
        );
        tail = Buffer.concat([tail, last]).subarray(-end.length);
        if (first) {
          if (length !== replyBytes) throw new Error('the node named no address');
          address.resolve(addressOf(Buffer.from(memory.buffer, memory.byteOffset, length)));
        } else if (tail.equals(end)) {
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
          bytes.resolve(count - replyBytes);
        }
        return true;
      },
    },
  });
  socket.on('error', (error) => {
    address.reject(error);
    bytes.reject(error);
  });
  socket.write(hello);
  return { address: address.promise, bytes: bytes.promise };
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** Node 20 has no `Promise.withResolvers`. */
function deferred<Value>(): Deferred<Value> {
  let settle: Omit<Deferred<Value>, 'promise'> | undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Omit<Deferred<Value>, 'promise'>) };
}

function addressOf(reply: Buffer): string {
  const host = reply.toString('latin1', 8).replace(/\0+$/, '');
  return `${host}:${reply.readInt32LE(4)}`;
}
