/** The tunnel as IMPORT's server: a GET gets what a source gives. */
import type { ByteSource, ByteStream } from './byte-source.js';
import { checkFile, type FileForm } from './check-file.js';
import { Exchange } from './exchange.js';
import { gzipStream } from './gzip-stream.js';
import type { Line, LineOwner } from './line.js';
import { Malformed } from './malformed.js';
import { MAX_HEAD_BYTES, type RequestHead, RequestHeadReader } from './request-head.js';

export interface SendOptions extends FileForm {
  /** zlib's level, 1 to 9. Default 1: networks inside a data centre are faster than any other. */
  readonly compressionLevel?: number;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n';
const NOT_ALLOWED =
  'HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
const GONE = 'HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
/** The terminal chunk. To the node it says: commit. */
const END = '0\r\n\r\n';

const NOTHING: Uint8Array = new Uint8Array();

type AnyIterator = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

export class SendExchange extends Exchange implements LineOwner {
  readonly #head: RequestHeadReader = new RequestHeadReader();
  readonly #source: ByteSource;
  readonly #options: SendOptions;
  #iterator: AnyIterator | undefined;
  #served = 0;
  #serving = false;
  /** What has come behind the request that is served. */
  #early: Uint8Array = NOTHING;

  constructor(line: Line, address: string, source: ByteSource, options: SendOptions = {}) {
    super(line, address);
    this.#source = source;
    this.#options = options;
  }

  /** Reading goes on while a request is served: otherwise a node that is gone would not be noticed. */
  onBytes(bytes: Uint8Array): void {
    if (!this.#serving) return this.#take(bytes);
    this.#early = Buffer.concat([this.#early, bytes]);
    if (this.#early.length > MAX_HEAD_BYTES)
      this.failMalformed(new Malformed('request', 'the next one does not wait for its answer'));
  }

  onEnd(): void {
    // Having all it asked for, the node may go.
    if (this.open) this.fail('closed-early', 'tunnel closed before end of stream');
    this.line.end();
  }

  protected released(): void {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    // Its own failure to stop changes nothing any more.
    void Promise.resolve(iterator?.return?.()).catch(() => undefined);
  }

  #take(bytes: Uint8Array): void {
    let at = 0;
    try {
      while (at < bytes.length && !this.failed) {
        const { head, end } = this.#head.read(bytes, at);
        at = end;
        const serving = head === undefined ? undefined : this.#serve(head);
        if (serving === undefined) continue;
        this.#serving = true;
        this.#early = Buffer.from(bytes.subarray(at));
        void serving.then(() => this.#takeEarly());
        return;
      }
    } catch (cause) {
      this.failMalformed(cause);
    }
  }

  #takeEarly(): void {
    const early = this.#early;
    this.#serving = false;
    this.#early = NOTHING;
    this.#take(early);
  }

  #serve({ method, target }: RequestHead): undefined | Promise<void> {
    if (method === 'HEAD') {
      this.line.write([OK]);
      return;
    }
    if (method !== 'GET') {
      const what = `the node's request: ${method}, where GET is served`;
      this.fail('malformed-request', what, undefined, NOT_ALLOWED);
      // After the result there is nobody to tell but the node.
      if (!this.failed) this.line.write([NOT_ALLOWED]);
      return;
    }
    checkFile(target, this.#options);
    return this.#answer();
  }

  /** The promise never rejects; no other request is served before it settles. */
  async #answer(): Promise<void> {
    if (this.#served > 0 && this.bytes > 0 && typeof this.#source !== 'function') {
      this.line.write([GONE]);
      return;
    }
    const again = this.#served++ > 0 && this.bytes > 0;
    this.phase = 'body';
    this.line.write([OK]);
    let stream: ByteStream;
    try {
      const { compression = false, format, compressionLevel = 1 } = this.#options;
      stream = this.#measured(this.#open(), !again);
      if (compression && format === undefined) stream = gzipStream(stream, compressionLevel);
      this.#iterator = iteratorOf(stream);
    } catch (cause) {
      return this.#failSource(cause);
    }
    if (await this.#pump(this.#iterator)) await this.#finish();
  }

  /** Whether everything was sent. */
  async #pump(iterator: AnyIterator): Promise<boolean> {
    let before = '';
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await iterator.next();
      } catch (cause) {
        this.#failSource(cause);
        return false;
      }
      if (this.failed || this.line.gone) return false;
      if (next.done === true) break;
      const { length } = next.value;
      // An empty chunk would be the terminal one.
      if (length === 0) continue;
      this.wireBytes += length;
      const size = `${before}${length.toString(16).toUpperCase()}\r\n`;
      before = '\r\n';
      if (!this.line.write([size, next.value])) await this.line.drained();
    }
    this.#iterator = undefined;
    if (before !== '') this.line.write([before]);
    return true;
  }

  #finish(): Promise<void> {
    this.phase = 'answer';
    return new Promise((resolve) => {
      this.line.write([END], () => {
        this.phase = 'served';
        this.succeed();
        resolve();
      });
    });
  }

  #open(): ByteStream {
    return typeof this.#source === 'function' ? this.#source() : this.#source;
  }

  /** Counts what the source gives, and refuses what is not bytes. */
  async *#measured(stream: ByteStream, counted: boolean): AsyncGenerator<Uint8Array> {
    for await (const bytes of stream) {
      if (!(bytes instanceof Uint8Array))
        throw new TypeError(`the source gives ${typeof bytes}, not bytes`);
      if (counted) this.bytes += bytes.length;
      yield bytes;
    }
  }

  #failSource(cause: unknown): void {
    this.fail('source-failed', `its source failed: ${String(cause)}`, cause);
    // While a repeated request is served the outcome stands already; a body cut short fails the statement all the same.
    this.line.destroy();
  }
}

function iteratorOf(stream: ByteStream): AnyIterator {
  return Symbol.asyncIterator in stream
    ? stream[Symbol.asyncIterator]()
    : stream[Symbol.iterator]();
}
