/** The head of an HTTP/1.1 request (RFC 9112), from bytes cut anywhere. Touches no socket. */
import { Malformed } from './malformed.js';

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** How the body is framed: chunked, of so many bytes, or there is none. */
  readonly body: 'chunked' | number | undefined;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
}

/** A head of more bytes is refused. */
export const MAX_HEAD_BYTES = 16_384;

const LF = 0x0a;
const CR = 0x0d;

/** Collects the bytes of one head after the other. */
export class RequestHeadReader {
  readonly #bytes: Buffer = Buffer.allocUnsafe(MAX_HEAD_BYTES);
  #length = 0;

  /** Whether a head has begun and not ended. */
  get begun(): boolean {
    return this.#length > 0;
  }

  /** The head that ends within `bytes` from `at` on, and where it ends; all of them are kept when none does. */
  read(bytes: Uint8Array, at: number): { readonly head?: RequestHead; readonly end: number } {
    let end = at;
    while (end < bytes.length) {
      const byte = bytes[end++] as number;
      // RFC 9112, 2.2: empty lines before a request are no request.
      if (this.#length === 0 && (byte === CR || byte === LF)) continue;
      if (this.#length === MAX_HEAD_BYTES)
        throw new Malformed('request', `its head is longer than ${MAX_HEAD_BYTES} bytes`);
      this.#bytes[this.#length++] = byte;
      if (byte === LF && this.#endsHead()) {
        const text = this.#bytes.toString('latin1', 0, this.#length);
        this.#length = 0;
        return { head: parseHead(text), end };
      }
    }
    return { end };
  }

  #endsHead(): boolean {
    const last = this.#length - 1;
    return this.#bytes[last - 1] === CR && this.#bytes[last - 2] === LF;
  }
}

function parseHead(text: string): RequestHead {
  const [first = '', ...lines] = text.slice(0, -4).split('\r\n');
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (method === undefined || target === undefined)
    throw new Malformed('request', `'${first.slice(0, 80)}' is no HTTP request`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new Malformed('request', `'${line.slice(0, 80)}' is no header`);
    const key = name.toLowerCase();
    const earlier = headers.get(key);
    headers.set(key, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  const expectsContinue = headers.get('expect')?.toLowerCase() === '100-continue';
  return { method, target, body: framing(headers), expectsContinue };
}

function framing(headers: ReadonlyMap<string, string>): RequestHead['body'] {
  const encoding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (encoding !== undefined) {
    if (length !== undefined)
      throw new Malformed('request', 'it has both Transfer-Encoding and Content-Length');
    if (encoding.toLowerCase() !== 'chunked')
      throw new Malformed('request', `its Transfer-Encoding is '${encoding.slice(0, 80)}'`);
    return 'chunked';
  }
  if (length === undefined) return undefined;
  if (!/^\d{1,15}$/.test(length))
    throw new Malformed('request', `its Content-Length is '${length.slice(0, 80)}'`);
  return Number(length);
}
