/** One node: a port on its own address, where sessions and tunnels arrive. */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { ClusterState } from '../cluster-state.js';
import { WebSocketSession } from '../session/websocket-session.js';
import { Tunnel } from '../tunnel/tunnel.js';
import { sniff } from './sniff.js';
import { readHello, sendReply } from './tunnel-hello.js';

const MAX_MESSAGE_BYTES = 67_108_864;
const FIRST_TUNNEL_PORT = 20_001;

export interface NodeOptions {
  readonly host: string;
  readonly certificate: { readonly certificate: string; readonly key: string };
  /** Whether sessions without TLS are taken. */
  readonly plain: boolean;
}

export class ClusterNode {
  readonly host: string;
  readonly #cluster: ClusterState;
  readonly #options: NodeOptions;
  readonly #server: Server;
  readonly #http: HttpServer = createHttpServer((_, response) => response.writeHead(426).end());
  readonly #websockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  readonly #context: SecureContext;
  readonly #sockets = new Set<Socket>();
  #tunnelPort = FIRST_TUNNEL_PORT;

  constructor(cluster: ClusterState, options: NodeOptions) {
    this.host = options.host;
    this.#cluster = cluster;
    this.#options = options;
    this.#context = createSecureContext({
      cert: options.certificate.certificate,
      key: options.certificate.key,
    });
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#http.on('upgrade', (request, socket, head) =>
      this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
        const id = sessionNumber();
        cluster.sessions.set(id, new WebSocketSession(websocket, cluster, id));
      }),
    );
  }

  /** @param port 0 for a free one; the answer is the port it is */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.host, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    sniff(socket, (greeting) => {
      if (greeting === 'tls') this.#startTls(socket);
      else if (greeting === 'http' && this.#options.plain) this.#startHttp(socket);
      else if (greeting === 'tunnel') void this.#startTunnel(socket);
      else socket.destroy();
    });
  }

  #startTls(socket: Socket): void {
    const secure = new TLSSocket(socket, { isServer: true, secureContext: this.#context });
    secure.on('error', () => socket.destroy());
    this.#startHttp(secure);
  }

  #startHttp(socket: Socket): void {
    this.#http.emit('connection', socket);
    socket.resume();
  }

  async #startTunnel(socket: Socket): Promise<void> {
    if (!(await readHello(socket))) {
      socket.destroy();
      return;
    }
    const { tunnels, faults } = this.#cluster;
    const address = `${this.host}:${this.#tunnelPort}`;
    this.#tunnelPort += 1;
    tunnels.set(address, new Tunnel(address, socket));
    const forget = (): boolean => tunnels.delete(address);
    socket.once('close', forget);
    socket.once('end', forget);
    // Until a statement comes nobody reads, and an end would go unseen; bytes that are there stay.
    socket.on('readable', () => {
      if (socket.readableLength === 0) socket.read();
    });
    await sendReply(socket, address, faults.tunnelReply);
  }
}

/** Beyond 2^53, as real ones are. */
function sessionNumber(): bigint {
  const random = crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
  return 1_800_000_000_000_000_000n + (random % 100_000_000_000_000_000n);
}
