/** The tunnel as EXPORT's server: one PUT, whose body goes to a sink. */
import { type BodyReader, ChunkedBody, LengthBody } from './body-reader.js';
import type { ByteSink } from './byte-sink.js';
import { checkFile, type FileForm } from './check-file.js';
import { BAD_REQUEST, Exchange } from './exchange.js';
import { GunzipSink } from './gunzip-sink.js';
import type { Line, LineOwner } from './line.js';
import { Malformed } from './malformed.js';
import { type RequestHead, RequestHeadReader } from './request-head.js';

export type ReceiveOptions = FileForm;

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
const SERVER_ERROR =
  'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

export class ReceiveExchange extends Exchange implements LineOwner {
  readonly #head: RequestHeadReader = new RequestHeadReader();
  readonly #sink: ByteSink;
  readonly #gunzip: GunzipSink | undefined;
  readonly #form: FileForm;
  #body: BodyReader | undefined;

  constructor(line: Line, address: string, sink: ByteSink, options: ReceiveOptions = {}) {
    super(line, address);
    this.#sink = sink;
    this.#form = options;
    if (options.compression === true && options.format === undefined)
      this.#gunzip = new GunzipSink((bytes) => this.#give(bytes));
  }

  onBytes(bytes: Uint8Array): void | Promise<void> {
    return this.#take(bytes, 0);
  }

  onEnd(): void {
    if (this.#body?.ended) return;
    this.fail('closed-early', 'tunnel closed before end of stream');
  }

  protected released(): void {
    this.#gunzip?.destroy();
  }

  /** After the body, and after a failure, what the node sends is dropped. */
  #take(bytes: Uint8Array, start: number): void | Promise<void> {
    let at = start;
    try {
      while (at < bytes.length && this.open && !this.#body?.ended) {
        const body = this.#body;
        if (body === undefined) {
          const { head, end } = this.#head.read(bytes, at);
          at = end;
          if (head !== undefined) this.#begin(head);
        } else {
          at = body.read(bytes, at);
          if (body.to > body.from) {
            const taking = this.#put(bytes.subarray(body.from, body.to));
            if (taking !== undefined) return this.#goOn(taking, bytes, at);
          }
        }
        if (this.#body?.ended) return this.#finish();
      }
    } catch (cause) {
      this.failMalformed(cause);
    }
  }

  async #goOn(taking: Promise<void>, bytes: Uint8Array, at: number): Promise<void> {
    try {
      await taking;
    } catch (cause) {
      return this.#failSink(cause);
    }
    return this.#body?.ended ? this.#finish() : this.#take(bytes, at);
  }

  #begin({ method, target, body, expectsContinue }: RequestHead): void {
    if (method === 'GET' || method === 'HEAD') {
      // Whether there is a file already, which it could extend: there is none.
      this.line.write([NOT_FOUND]);
      return;
    }
    if (method !== 'PUT') throw new Malformed('request', `${method}, where PUT is served`);
    if (body === undefined) throw new Malformed('request', 'it does not say how long its body is');
    checkFile(target, this.#form);
    this.phase = 'body';
    this.#body = body === 'chunked' ? new ChunkedBody() : new LengthBody(body);
    // Nobody else waits, and an answer that is not asked for would be taken for the last one.
    if (expectsContinue) this.line.write([CONTINUE]);
  }

  #put(piece: Uint8Array): void | Promise<void> {
    this.wireBytes += piece.length;
    if (this.#gunzip !== undefined) return this.#gunzip.write(piece);
    try {
      return this.#give(piece);
    } catch (cause) {
      this.#failSink(cause);
    }
  }

  #give(bytes: Uint8Array): void | Promise<void> {
    if (!this.open) return;
    this.bytes += bytes.length;
    return this.#sink(bytes);
  }

  #finish(): void | Promise<void> {
    if (!this.open) return;
    if (this.#gunzip === undefined) return this.#answer();
    return this.#gunzip.end().then(
      () => this.#answer(),
      (cause: unknown) => this.#failSink(cause),
    );
  }

  #answer(): void {
    if (!this.open) return;
    this.phase = 'answer';
    this.line.write([OK], () => this.succeed());
    this.line.end();
  }

  #failSink(cause: unknown): void {
    if (cause instanceof Malformed) {
      this.fail('malformed-body', `the node's body: ${cause.message}`, cause.cause, BAD_REQUEST);
    } else this.fail('sink-failed', `its sink failed: ${String(cause)}`, cause, SERVER_ERROR);
  }
}
