/**
 * One COPY into one table of one shard, fed from several sides.
 *
 * Order of calls: open, then write any number of times (also at once: buffers are queued whole), then finish or abort.
 */
import { once } from 'node:events';
import type pg from 'pg';
import { type CopyFromStream, from } from 'pg-copy-streams';

/** PostgreSQL buffers each CopyData message whole; this keeps that small without making messages many. */
const MESSAGE_BYTES = 256 * 1024;

/** The writing end of a running COPY. */
export class CopySink {
  readonly #stream: CopyFromStream;
  readonly #failed: Promise<never>;
  #failure: Error | undefined;
  #tail: Promise<void> = Promise.resolve();

  private constructor(stream: CopyFromStream) {
    this.#stream = stream;
    this.#failed = new Promise((_, reject) => {
      stream.on('error', (error) => {
        this.#failure ??= error;
        reject(error);
      });
    });
    // Whoever writes or finishes sees the error; nobody may be doing so at the moment it comes.
    this.#failed.catch(() => undefined);
  }

  /** Starts a `COPY … FROM STDIN` on a connection that is used for nothing else until it ends. */
  static open(client: pg.Client, statement: string): CopySink {
    return new CopySink(client.query(from(statement)));
  }

  /**
   * Sends a buffer after all that was written before it.
   * @returns when the connection has taken it: awaiting this is the back pressure.
   * @throws the server's error, which ends the COPY.
   */
  write(bytes: Uint8Array): Promise<void> {
    const sent = this.#tail.then(() => this.#send(bytes));
    this.#tail = sent;
    // The next write of the queue and `finish` await it too; one of them reports.
    sent.catch(() => undefined);
    return sent;
  }

  /**
   * Ends the COPY.
   * @returns the number of rows that the server says it stored.
   * @throws the server's error.
   */
  async finish(): Promise<number> {
    await this.#tail;
    const finished = once(this.#stream, 'finish');
    this.#stream.end();
    await Promise.race([finished, this.#failed]);
    return this.#stream.rowCount;
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) {
      // After an error the stream has no connection, and writing to it would hide the reason.
      if (this.#failure !== undefined) throw this.#failure;
      const taken = this.#stream.write(bytes.subarray(at, at + MESSAGE_BYTES));
      if (!taken) await Promise.race([once(this.#stream, 'drain'), this.#failed]);
    }
  }
}
