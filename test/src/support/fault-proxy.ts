/**
 * A proxy before a PostgreSQL server that knows where one message ends and the next begins (but nothing of TLS), and cuts,
 * resets or silences the line at a chosen message, after a chosen number of its bytes.
 *
 * One fault is armed at a time. It strikes once, on whichever connection first has the message; the others go on.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { addressParts } from '@millrace/postgres';
import { MessageSplitter } from './message-splitter.js';

/** `'hold'`: what follows is kept back until it is let through. */
export type FaultKind = 'reset' | 'cut' | 'silence' | 'hold';

export interface Fault {
  readonly kind: FaultKind;
  /** Who sends the message. */
  readonly from: 'server' | 'client';
  /** Its type letter; `'startup'` for what a client sends first. */
  readonly type: string;
  /** Which of these messages, counted from 1 from the arming on, over all connections. Default 1. */
  readonly nth?: number;
  /** Bytes of the message that still pass. Default 0. */
  readonly passBytes?: number;
}

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
  /** Bytes for the client that are kept back. */
  held: Buffer[] | undefined;
}

export class FaultProxy {
  /** The server's URL with the proxy's address. */
  readonly url: string;
  readonly #upstream: { readonly host: string; readonly port: number };
  readonly #listener: Server;
  readonly #lines = new Set<Line>();
  #fault: Fault | undefined;
  #left = 0;
  #struck = 0;

  /** Begins to listen at a free port of 127.0.0.1. */
  static async start(url: string): Promise<FaultProxy> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new FaultProxy(url, listener);
  }

  private constructor(url: string, listener: Server) {
    const { host, port, user, database } = addressParts(url);
    this.#upstream = { host, port };
    const own = (listener.address() as AddressInfo).port;
    this.url = `postgres://${user}:${new URL(url).password}@127.0.0.1:${own}/${database}`;
    this.#listener = listener;
    listener.on('connection', (client) => this.#accept(client));
  }

  /** Connections through the proxy. */
  get lineCount(): number {
    return this.#lines.size;
  }

  /** Faults that have struck so far. */
  get struck(): number {
    return this.#struck;
  }

  arm(fault: Fault): void {
    this.#fault = fault;
    this.#left = fault.nth ?? 1;
  }

  disarm(): void {
    this.#fault = undefined;
  }

  /** Strikes connections that are open now, between two messages: all, or each for which `chosen` says so. */
  strike(kind: FaultKind, chosen: () => boolean = () => true): void {
    for (const line of [...this.#lines]) if (chosen()) this.#break(line, kind);
  }

  /** Sends on what was held. */
  letThrough(): void {
    for (const line of this.#lines) {
      for (const bytes of line.held ?? []) line.client.write(bytes);
      line.held = undefined;
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const line of [...this.#lines]) this.#break(line, 'cut');
    await closed;
  }

  #accept(client: Socket): void {
    const { host, port } = this.#upstream;
    const server = host.startsWith('/')
      ? connect(`${host}/.s.PGSQL.${port}`)
      : connect({ host, port });
    const line: Line = { client, server, silent: false, held: undefined };
    this.#lines.add(line);
    client.setNoDelay(true);
    server.setNoDelay(true);
    this.#forward(line, 'client', new MessageSplitter({ startup: true }));
    this.#forward(line, 'server', new MessageSplitter({ startup: false }));
  }

  #forward(line: Line, from: 'client' | 'server', splitter: MessageSplitter): void {
    const source = line[from];
    const target = from === 'client' ? line.server : line.client;
    source.on('data', (chunk: Buffer) => {
      for (const { type, bytes } of splitter.push(chunk)) {
        if (line.silent) return;
        if (from === 'server' && line.held !== undefined) {
          line.held.push(bytes);
          continue;
        }
        if (this.#strikes(from, type)) {
          const { kind, passBytes = 0 } = this.#fault as Fault;
          this.#fault = undefined;
          this.#struck++;
          if (kind === 'hold') {
            line.held = [bytes];
            continue;
          }
          // What passes must be on its way before a reset throws away what is not.
          target.write(bytes.subarray(0, passBytes), () => this.#break(line, kind));
          line.silent = true;
          return;
        }
        if (!target.write(bytes) && !source.isPaused()) {
          source.pause();
          target.once('drain', () => source.resume());
        }
      }
    });
    source.on('error', () => undefined);
    source.on('close', () => {
      this.#lines.delete(line);
      target.destroySoon();
    });
  }

  #strikes(from: string, type: string): boolean {
    const fault = this.#fault;
    if (fault?.from !== from || fault.type !== type) return false;
    this.#left--;
    return this.#left === 0;
  }

  #break(line: Line, kind: FaultKind): void {
    line.silent = true;
    if (kind === 'silence') return;
    this.#lines.delete(line);
    if (kind === 'reset') line.client.resetAndDestroy();
    else line.client.destroySoon();
    line.server.destroy();
  }
}
