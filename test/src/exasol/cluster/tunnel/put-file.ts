/** An EXPORT's file on its way to a tunnel: `PUT`, a body in chunks, and the wait for the answer. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import type { Death, Faults } from '../faults.js';
import { readBody, readHead } from './http-answer.js';
import { Pace } from './pace.js';
import { sendFailed, TransferError, whileSending } from './transfer-error.js';
import type { Line, Tunnel } from './tunnel.js';

const CONTINUE_WAIT_MS = 1_000;
/** Of one compressed file each member holds at most so many bytes of CSV when several are asked for. */
const MEMBER_BYTES = 4_096;

export class PutFile {
  readonly #tunnel: Tunnel;
  readonly #line: Line;
  readonly #faults: Faults;
  readonly #death: Death | undefined;
  readonly #pace: Pace;
  readonly #pending: Buffer[] = [];
  #pendingBytes = 0;
  #gzip: Gzip | undefined;
  #memberBytes = 0;
  #members = 1;
  #turn = 0;
  #answer: Promise<void> = Promise.resolve();
  #failure: TransferError | undefined;
  /** Bytes of the body sent. */
  sent = 0;

  constructor(
    tunnel: Tunnel,
    line: Line,
    options: { faults: Faults; death: Death | undefined; gzip: boolean },
  ) {
    this.#tunnel = tunnel;
    this.#line = line;
    this.#faults = options.faults;
    this.#death = options.death;
    this.#pace = new Pace(options.faults.tunnelSpeed);
    if (options.gzip) this.#gzip = this.#newMember();
  }

  /** Sends the request's head, and begins to listen for the answer, which may come early. */
  async open(path: string): Promise<void> {
    if (this.#death?.at === 'request') throw this.#die();
    let onContinue: () => void = () => undefined;
    const continued = new Promise<void>((resolve) => {
      onContinue = resolve;
    });
    this.#answer = this.#listen(onContinue);
    this.#answer.catch((error: TransferError) => {
      this.#failure = error;
    });
    if (this.#faults.contentLength) return;
    const expect = this.#faults.expectContinue;
    await this.#send(
      `PUT /${path} HTTP/1.1\r\nHost: ${this.#tunnel.address}\r\nAccept: */*\r\n` +
        `Transfer-Encoding: chunked\r\n${expect ? 'Expect: 100-continue\r\n' : ''}\r\n`,
    );
    if (expect) {
      const patience = new AbortController();
      await Promise.race([
        continued,
        this.#answer.catch(() => undefined),
        delay(CONTINUE_WAIT_MS, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
    }
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#gzip === undefined) return this.#chunk(bytes);
    if (!this.#gzip.write(bytes)) await once(this.#gzip, 'drain');
    this.#memberBytes += bytes.length;
    if (this.#memberBytes >= MEMBER_BYTES && this.#members < this.#faults.gzipMembers) {
      this.#members += 1;
      await this.#endMember(this.#gzip);
      this.#gzip = this.#newMember();
      this.#memberBytes = 0;
    }
    await this.#drainCompressed();
  }

  /** Ends the body and waits for the client's answer. */
  async end(path: string): Promise<void> {
    if (this.#gzip !== undefined) {
      await this.#endMember(this.#gzip);
      await this.#drainCompressed();
    }
    if (this.#faults.contentLength) await this.#sendCounted(path);
    else await this.#sendEnd();
    if (this.#death?.at === 'after-body') throw this.#die();
    await this.#answer;
    this.#tunnel.close();
  }

  async #sendEnd(): Promise<void> {
    await this.#flush(true);
    if (this.#death !== undefined && this.#death.at !== 'after-body') throw this.#die();
    if (this.#faults.bodyEnd === 'blank-line') return this.#send('\r\n');
    const trailers = this.#faults.trailers ? 'X-Rows: unknown\r\nX-Node: 11\r\n' : '';
    await this.#send(`0${this.#faults.chunkExtensions ? ';last' : ''}\r\n${trailers}\r\n`);
  }

  async #sendCounted(path: string): Promise<void> {
    await this.#send(
      `PUT /${path} HTTP/1.1\r\nHost: ${this.#tunnel.address}\r\nAccept: */*\r\nContent-Length: ${this.#pendingBytes}\r\n\r\n`,
    );
    for (const bytes of this.#pending.splice(0)) {
      this.sent += bytes.length;
      await this.#send(bytes);
    }
  }

  #newMember(): Gzip {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    gzip.on('data', (bytes: Buffer) => {
      this.#pending.push(bytes);
      this.#pendingBytes += bytes.length;
    });
    return gzip;
  }

  async #endMember(gzip: Gzip): Promise<void> {
    const ended = once(gzip, 'end');
    gzip.end();
    await ended;
  }

  async #drainCompressed(): Promise<void> {
    if (!this.#faults.contentLength) await this.#flush(false);
  }

  async #chunk(bytes: Buffer): Promise<void> {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (!this.#faults.contentLength) await this.#flush(false);
  }

  /** Sends whole chunks of what is there; with `all`, the rest as well. */
  async #flush(all: boolean): Promise<void> {
    let size = this.#chunkSize();
    if (this.#pendingBytes < size && !(all && this.#pendingBytes > 0)) return;
    const bytes = Buffer.concat(this.#pending.splice(0));
    let at = 0;
    while (bytes.length - at >= size || (all && at < bytes.length)) {
      await this.#sendChunk(bytes.subarray(at, at + size));
      at += size;
      this.#turn += 1;
      size = this.#chunkSize();
    }
    const rest = bytes.subarray(Math.min(at, bytes.length));
    if (rest.length > 0) this.#pending.push(rest);
    this.#pendingBytes = rest.length;
  }

  #chunkSize(): number {
    const { chunkBytes, oddChunks } = this.#faults;
    return oddChunks ? 1 + ((this.#turn * 7_919) % chunkBytes) : chunkBytes;
  }

  async #sendChunk(payload: Buffer): Promise<void> {
    const hex = payload.length.toString(16);
    const size = this.#faults.oddChunks && this.#turn % 2 === 1 ? hex : hex.toUpperCase();
    const extension = this.#faults.chunkExtensions ? `;turn=${this.#turn}` : '';
    const head = Buffer.from(`${size}${extension}\r\n`);
    await this.#maybeDie(head, payload);
    await this.#pace.spend(payload.length);
    this.sent += payload.length;
    await this.#send(Buffer.concat([head, payload, Buffer.from('\r\n')]));
  }

  async #maybeDie(head: Buffer, payload: Buffer): Promise<void> {
    const { at, afterBytes = 0 } = this.#death ?? {};
    if (this.sent + payload.length <= afterBytes) return;
    if (at === 'between-chunks') throw this.#die();
    if (at !== 'inside-chunk') return;
    await this.#send(Buffer.concat([head, payload.subarray(0, payload.length >> 1)]));
    throw this.#die();
  }

  async #send(bytes: Buffer | string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { stream } = this.#line;
    if (stream.destroyed || !stream.writable) throw sendFailed('Send failure: Broken pipe');
    await new Promise<void>((resolve, reject) => {
      const lost = (): void => reject(sendFailed('Send failure: Broken pipe'));
      stream.once('close', lost);
      stream.write(bytes, (error) => {
        stream.off('close', lost);
        if (error) reject(this.#failure ?? whileSending(error));
        else resolve();
      });
    });
  }

  async #listen(onContinue: () => void): Promise<void> {
    const head = await readHead(this.#line.reader, onContinue);
    if (head.status >= 400) throw new TransferError(head.status);
    if (head.fields.has('content-length') || head.fields.has('transfer-encoding'))
      for await (const _ of readBody(this.#line.reader, head));
  }

  #die(): TransferError {
    this.#answer.catch(() => undefined);
    const by = this.#death?.by;
    this.#tunnel.close(by);
    return sendFailed(
      `Send failure: ${by === 'reset' ? 'Connection reset by peer' : 'Broken pipe'}`,
    );
  }
}
