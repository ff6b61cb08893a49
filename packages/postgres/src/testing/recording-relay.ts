/** A door to a real server that keeps what the server sends. For the tests of this package. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export class RecordingRelay {
  readonly #server = createServer((socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  readonly #target: { readonly host: string; readonly port: number };
  #recorded: Buffer[] = [];

  /** @param url a server that listens on TCP */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname, port: Number(port) };
  }

  /** Starts to listen. Returns `url` as it is reached through this door. */
  async open(url: string): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const door = new URL(url);
    door.hostname = '127.0.0.1';
    door.port = String((this.#server.address() as AddressInfo).port);
    return door.href;
  }

  /** What the server has sent since this was asked last. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#recorded);
    this.#recorded = [];
    return bytes;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(client: Socket): void {
    const server = connect(this.#target);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
    client.pipe(server);
    server.on('data', (bytes) => {
      this.#recorded.push(bytes);
      client.write(bytes);
    });
  }
}
