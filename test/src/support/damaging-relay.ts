/** A door to a real server that does to its bytes what a test says: on the way to us only. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** ReadyForQuery, outside of a transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Does something to the bytes of one answer. */
export type Damage = (answer: Buffer) => Buffer;

export class DamagingRelay {
  readonly #server = createServer((socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  readonly #target: { readonly host: string; readonly port: number };
  /** What is done to an answer, once. After it the connection is closed, so that nothing is waited for. */
  next: Damage | undefined;
  /** Answers that go through before. */
  skip = 0;
  /** The last answer as the server gave it. */
  answer: Buffer = Buffer.alloc(0);

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
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    let loggedIn = false;
    let waiting: Buffer[] = [];
    server.on('data', (bytes) => {
      const isWhole = bytes.subarray(-READY.length).equals(READY);
      waiting.push(bytes);
      // An answer is held back until it is whole; login has other ends, and goes through as it comes.
      if (loggedIn && !isWhole) return;
      const answer = Buffer.concat(waiting);
      waiting = [];
      if (loggedIn) this.#deliver(client, answer);
      else client.write(answer);
      loggedIn ||= isWhole;
    });
  }

  #deliver(client: Socket, answer: Buffer): void {
    this.answer = answer;
    const damage = this.next;
    if (damage === undefined || this.skip-- > 0) client.write(answer);
    else {
      this.next = undefined;
      client.end(damage(answer));
    }
  }
}
