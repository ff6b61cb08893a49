/**
 * A node whose loader is curl: the hello is answered here, everything after it is curl's own bytes. Exasol's loader is
 * libcurl, too, so this is the nearest there is to the real one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface CurlNode {
  /** Where tunnels are opened. */
  readonly port: number;
  close(): Promise<void>;
}

export interface CurlResult {
  /** curl's own code: 0, or what went wrong. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The first line of `curl --version`; undefined where there is none. */
export function curlVersion(): string | undefined {
  const { status, stdout } = spawnSync('curl', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
}

/** Each tunnel gets an address of its own; whoever connects there speaks through the tunnel. */
export async function startCurlNode(): Promise<CurlNode> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const listen = async (onSocket: (socket: Socket) => void): Promise<number> => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      onSocket(socket);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen((tunnel) => {
    tunnel.once('data', () => {
      tunnel.pause();
      void listen((client) => {
        tunnel.pipe(client);
        client.pipe(tunnel);
        tunnel.on('close', () => client.destroy());
        client.on('close', () => tunnel.destroy());
      }).then((inner) => tunnel.write(helloReply(inner)));
    });
    tunnel.resume();
  });
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(
        servers.map((server) => {
          server.close();
          return once(server, 'close');
        }),
      );
    },
  };
}

function helloReply(port: number): Buffer {
  const reply = Buffer.alloc(24);
  reply.writeInt32LE(port, 4);
  reply.write('127.0.0.1', 8, 'latin1');
  return reply;
}

/** Runs curl, quietly, with what it shall upload on its standard input. */
export async function curl(
  args: readonly string[],
  input: Uint8Array = Buffer.of(),
): Promise<CurlResult> {
  const child = spawn('curl', ['--silent', '--show-error', '--max-time', '30', ...args]);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
  // curl may end before it has read all of it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
