/**
 * One WebSocket, one question at a time. A link is `idle`, `asking` or `lost`; what makes it lost is kept, and is the error of
 * the question under way and of all later ones.
 *
 * While a question is open the server must be heard of: a frame, a Pong (servers send one a second while a statement
 * runs), or bytes of a long message, either way. If nothing comes for the idle timeout the link is lost.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { ExasolConnectionError, ExasolProtocolError } from '../errors.js';
import { compressFrame, decompressFrame } from './frame-codec.js';
import type { OpenSocket } from './open-socket.js';

interface Question {
  resolve(text: string): void;
  reject(error: Error): void;
}

export class WebSocketLink {
  /** Whether messages are compressed, both ways. */
  compressed = false;

  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #place: string;
  readonly #idleTimeoutMs: number;
  #question: Question | undefined;
  #lost: Error | undefined;
  #sending: Promise<void> = Promise.resolve();
  #received: Promise<void> = Promise.resolve();
  #watch: NodeJS.Timeout | undefined;
  #heardAt = 0;
  #bytesMoved = 0;

  /** @param idleTimeoutMs how long nothing may be heard while a question is open */
  constructor({ ws, socket, address }: OpenSocket, idleTimeoutMs: number) {
    this.#ws = ws;
    this.#socket = socket;
    this.#place = `${address.address}:${address.port}`;
    this.#idleTimeoutMs = idleTimeoutMs;
    const heard = (): void => {
      this.#heardAt = performance.now();
    };
    ws.on('pong', heard);
    ws.on('ping', heard);
    ws.on('message', (data, isBinary) => {
      heard();
      this.#received = this.#receive(data as Buffer, isBinary).catch((error: Error) =>
        this.destroy(error),
      );
    });
    ws.on('error', (cause) => this.#end(this.#lostError(`: ${cause.message}`, cause)));
    ws.on('close', (code) => this.#end(this.#lostError(` (close code ${code})`)));
  }

  /** What made the link unusable; undefined while it is usable. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** The server's address. */
  get place(): string {
    return this.#place;
  }

  /** The server's IP, as this side reached it. */
  get remoteAddress(): string {
    return (this.#socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  }

  /** Sends a message and gives the next one that comes. The caller sees to it that no other question is open. */
  async ask(text: string): Promise<string> {
    if (this.#lost !== undefined) {
      throw this.#lost;
    }
    return await new Promise<string>((resolve, reject) => {
      this.#question = { resolve, reject };
      this.#startWatch();
      this.tell(text);
    });
  }

  /** Sends a message that has no answer, behind what is being sent. */
  tell(text: string): void {
    const { compressed } = this;
    this.#sending = this.#sending
      .then(async () => {
        const frame = compressed ? await compressFrame(text) : text;
        if (this.#lost === undefined) {
          this.#ws.send(frame, { binary: compressed }, (cause) => {
            if (cause) {
              this.destroy(this.#lostError(`: ${cause.message}`, cause));
            }
          });
        }
      })
      .catch((error: Error) => this.destroy(error));
  }

  /** Ends the connection at once. The first reason counts. */
  destroy(reason: Error): void {
    if (this.#lost !== undefined) {
      return;
    }
    this.#lost = reason;
    this.#ws.terminate();
    const question = this.#closeQuestion();
    question?.reject(reason);
  }

  /** Ends the connection by the WebSocket's own handshake, and at once after `waitMs`. */
  async close(reason: Error, waitMs: number): Promise<void> {
    if (this.#lost !== undefined) {
      return;
    }
    this.#lost = reason;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(() => this.#ws.terminate(), waitMs);
      this.#ws.once('close', () => {
        clearTimeout(limit);
        resolve();
      });
      this.#ws.close(1000);
    });
  }

  /** The peer's end counts after what it sent before, which may still be decompressed. */
  #end(reason: Error): void {
    this.#received.then(() => this.destroy(reason));
  }

  async #receive(data: Buffer, isBinary: boolean): Promise<void> {
    if (isBinary && !this.compressed) {
      throw new ExasolProtocolError('a compressed message came, and none was agreed on');
    }
    const text = isBinary ? await decompressFrame(data) : data.toString('utf8');
    const question = this.#closeQuestion();
    if (question !== undefined) {
      question.resolve(text);
    } else if (this.#lost === undefined) {
      throw new ExasolProtocolError('a message came that nobody asked for');
    }
  }

  #closeQuestion(): Question | undefined {
    const question = this.#question;
    this.#question = undefined;
    clearTimeout(this.#watch);
    return question;
  }

  #startWatch(): void {
    this.#heardAt = performance.now();
    this.#bytesMoved = this.#movedBytes();
    this.#watchFor(this.#idleTimeoutMs);
  }

  #watchFor(ms: number): void {
    this.#watch = setTimeout(() => this.#checkHeard(), ms);
  }

  /** Looked at once a timeout: a line that stops in the middle of a message is noticed within two of them. */
  #checkHeard(): void {
    const moved = this.#movedBytes();
    if (moved !== this.#bytesMoved) {
      this.#bytesMoved = moved;
      this.#heardAt = performance.now();
    }
    const left = this.#heardAt + this.#idleTimeoutMs - performance.now();
    if (left > 0) {
      this.#watchFor(Math.ceil(left));
      return;
    }
    this.destroy(
      new ExasolConnectionError(
        `Nothing was heard of ${this.#place} for ${this.#idleTimeoutMs} ms while a command ran; the session is closed`,
        { code: 'ETIMEDOUT' },
      ),
    );
  }

  #movedBytes(): number {
    return this.#socket.bytesRead + this.#socket.bytesWritten - this.#socket.writableLength;
  }

  #lostError(what: string, cause?: Error): ExasolConnectionError {
    const { code } = (cause ?? {}) as { code?: unknown };
    return new ExasolConnectionError(`The connection to ${this.#place} was lost${what}`, {
      cause,
      ...(typeof code === 'string' ? { code } : {}),
    });
  }
}
