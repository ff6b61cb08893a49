/** A socket that a test plays: it keeps what is written, and its bytes come when the test says. */
import { ConnectionError } from '../errors.js';
import { PostgresConnection } from '../postgres-connection.js';
import type { FeedOwner, SocketFeed } from '../socket-feed.js';

export class ScriptedFeed {
  readonly written: Buffer[] = [];
  readonly closed: Promise<void> = Promise.resolve();
  paused = false;
  destroyed = false;
  #owner: FeedOwner | undefined;
  #waiting: Buffer = Buffer.alloc(0);

  attach(owner: FeedOwner): void {
    this.#owner = owner;
  }

  write(bytes: Uint8Array): void {
    this.written.push(Buffer.from(bytes));
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(bytes: Uint8Array): void {
    this.write(bytes);
    this.#owner = undefined;
  }

  destroy(): void {
    this.destroyed = true;
    this.#owner = undefined;
  }

  /** The server hangs up. */
  lose(): void {
    this.#owner?.lost(new ConnectionError('The server closed the connection'));
  }

  get capacity(): number {
    return this.#owner?.wire().capacity ?? 0;
  }

  /** Bytes arrive, in pieces of `pieceBytes` at most; while reading is paused they wait. */
  arrive(bytes: Uint8Array, pieceBytes = 65_536): void {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    while (this.#waiting.length > 0 && !this.paused && this.#owner !== undefined) {
      const taken = this.#owner.wire().append(this.#waiting.subarray(0, pieceBytes));
      if (taken === 0) throw new Error('the wire has no room, and reading is not paused');
      this.#waiting = this.#waiting.subarray(taken);
      this.#owner.received();
    }
  }
}

/** A connection, logged in, whose server is the test. */
export function scriptedConnection(): { feed: ScriptedFeed; connection: PostgresConnection } {
  const feed = new ScriptedFeed();
  const connection = new PostgresConnection(feed as unknown as SocketFeed, {
    processId: 1,
    secretKey: 2,
  });
  return { feed, connection };
}
