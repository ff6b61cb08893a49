/** An IMPORT's file, asked of a tunnel by `GET`. */
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Death, Faults } from '../faults.js';
import { type AnswerHead, readBody, readHead } from './http-answer.js';
import { Pace } from './pace.js';
import { badContent, receiveFailed, sendFailed, TransferError } from './transfer-error.js';
import type { Line, Tunnel } from './tunnel.js';

export class GetFile {
  readonly #tunnel: Tunnel;
  readonly #line: Line;
  readonly #faults: Faults;
  readonly #death: Death | undefined;
  readonly #pace: Pace;
  /** Bytes of the body received. */
  received = 0;

  constructor(tunnel: Tunnel, line: Line, options: { faults: Faults; death: Death | undefined }) {
    this.#tunnel = tunnel;
    this.#line = line;
    this.#faults = options.faults;
    this.#death = options.death;
    this.#pace = new Pace(options.faults.tunnelSpeed);
  }

  /** The file's bytes; decompressed with `gzip`. The tunnel is closed when they have all come. */
  async *read(path: string, gzip: boolean): AsyncGenerator<Buffer> {
    if (this.#death?.at === 'request') throw this.#die();
    if (this.#faults.headFirst) await this.#ask('HEAD', path);
    if (this.#faults.rangeFirst)
      await this.#discard(await this.#ask('GET', path, 'Range: bytes=0-0\r\n'));
    if (gzip) yield* gunzip(this.#body(path));
    else yield* this.#body(path);
    if (this.#death?.at === 'after-body') throw this.#die();
    this.#tunnel.close();
  }

  async *#body(path: string): AsyncGenerator<Buffer> {
    for (let repeat = 0; repeat <= this.#faults.repeatsOfEmptyGet; repeat += 1) {
      const head = await this.#ask('GET', path);
      for await (const bytes of readBody(this.#line.reader, head)) {
        await this.#pace.spend(bytes.length);
        this.received += bytes.length;
        if (this.#diesNow()) throw this.#die();
        yield bytes;
      }
      if (this.received > 0) return;
    }
  }

  async #ask(method: 'GET' | 'HEAD', path: string, fields = ''): Promise<AnswerHead> {
    const { stream, reader } = this.#line;
    if (stream.destroyed || !stream.writable) throw sendFailed('Send failure: Broken pipe');
    stream.write(
      `${method} /${path} HTTP/1.1\r\nHost: ${this.#tunnel.address}\r\nAccept: */*\r\n${fields}\r\n`,
    );
    const head = await readHead(reader);
    if (head.status >= 400) throw new TransferError(head.status);
    return head;
  }

  async #discard(head: AnswerHead): Promise<void> {
    for await (const _ of readBody(this.#line.reader, head));
  }

  #diesNow(): boolean {
    const { at, afterBytes = 0 } = this.#death ?? {};
    return (at === 'inside-chunk' || at === 'between-chunks') && this.received > afterBytes;
  }

  #die(): TransferError {
    const by = this.#death?.by;
    this.#tunnel.close(by);
    return receiveFailed(
      by === 'reset'
        ? 'Recv failure: Connection reset by peer'
        : 'OpenSSL SSL_read: SSL_ERROR_SYSCALL, errno 0',
    );
  }
}

/** A body that ends inside of a member is a broken one; no body at all is an empty file. */
async function* gunzip(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpack = createGunzip();
  let fed = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const bytes of body) {
      fed += bytes.length;
      yield bytes;
    }
  };
  // An error of the body's destroys `unpack` with it, and so arrives below.
  pipeline(counted, unpack, () => undefined);
  try {
    for await (const bytes of unpack) yield bytes as Buffer;
  } catch (error) {
    if (error instanceof TransferError) throw error;
    if (fed > 0)
      throw badContent(`Error while processing content unencoding: ${(error as Error).message}`);
  }
}
