/** A node reduced to its hello, whose bytes a test writes and reads itself. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface RawNode {
  readonly port: number;
  /** The node's end of the next tunnel, after the hello. */
  next(): Promise<NodeLine>;
  close(): Promise<void>;
}

/** A node's end of a tunnel. */
export interface NodeLine {
  readonly socket: Socket;
  /** What has been read so far, and goes on growing. */
  readonly received: () => Buffer;
  /** Settles when what was received satisfies the test, or the line ends: it says which. */
  until(found: (text: string) => boolean): Promise<'found' | 'ended'>;
  write(bytes: string | Uint8Array): void;
}

const HELLO_HEX = '022121020100000001000000';

/** The reply of a node for the address `10.1.2.3:4567`. */
export function helloReply(ip = '10.1.2.3', port = 4567): Buffer {
  const reply = Buffer.alloc(24);
  reply.writeInt32LE(port, 4);
  reply.write(ip, 8, 'latin1');
  return reply;
}

/** @param reply pieces of the reply, each in a write of its own */
export async function startRawNode(
  reply: readonly Uint8Array[] = [helloReply()],
): Promise<RawNode> {
  const lines: NodeLine[] = [];
  const waiting: ((line: NodeLine) => void)[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.once('data', (hello: Buffer) => {
      if (hello.toString('hex') !== HELLO_HEX) return socket.destroy();
      const line = nodeLine(socket);
      void sayReply(socket, reply).then(() => {
        const taker = waiting.shift();
        if (taker === undefined) lines.push(line);
        else taker(line);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    next: () => {
      const line = lines.shift();
      if (line !== undefined) return Promise.resolve(line);
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function sayReply(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve) => {
      socket.write(piece, () => setImmediate(resolve));
    });
  }
}

function nodeLine(socket: Socket): NodeLine {
  let received: Buffer = Buffer.alloc(0);
  let ended = false;
  let look: () => void = () => undefined;
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    look();
  });
  const end = (): void => {
    ended = true;
    look();
  };
  socket.on('end', end);
  socket.on('close', end);
  return {
    socket,
    received: () => received,
    until: (found) =>
      new Promise((resolve) => {
        look = () => {
          if (found(received.toString('latin1'))) resolve('found');
          else if (ended) resolve('ended');
        };
        look();
      }),
    write: (bytes) => {
      socket.write(bytes);
    },
  };
}
