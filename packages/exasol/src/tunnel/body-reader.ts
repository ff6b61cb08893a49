/**
 * Bodies of requests, from bytes cut anywhere (RFC 9112, 6 and 7). Touches no socket and copies nothing: `read` says which
 * of the given bytes are payload.
 */
import { Malformed } from './malformed.js';

export interface BodyReader {
  /**
   * Reads `bytes` from `at` up to the end of one piece of payload, `bytes[from..to)`, or of the body, or of the bytes.
   * Returns where it stopped.
   *
   * @throws Malformed
   */
  read(bytes: Uint8Array, at: number): number;
  /** The piece of the last `read`; empty when `from` equals `to`. */
  readonly from: number;
  readonly to: number;
  /** The body is complete. Nothing but its own framing makes it so. */
  readonly ended: boolean;
}

/** A body of a known number of bytes. */
export class LengthBody implements BodyReader {
  from = 0;
  to = 0;
  ended: boolean;
  #left: number;

  constructor(length: number) {
    this.#left = length;
    this.ended = length === 0;
  }

  read(bytes: Uint8Array, at: number): number {
    this.from = at;
    this.to = Math.min(bytes.length, at + this.#left);
    this.#left -= this.to - at;
    this.ended = this.#left === 0;
    return this.to;
  }
}

/** Bytes of all trailers, and of one size's line, at most. */
const MAX_LINE_BYTES = 16_384;
/** Hexadecimal digits of a size: 2^52 bytes are enough. */
const MAX_SIZE_DIGITS = 13;

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;

const ChunkState = {
  size: 0,
  extension: 1,
  sizeLf: 2,
  data: 3,
  dataCr: 4,
  dataLf: 5,
  trailerStart: 6,
  trailer: 7,
  endLf: 8,
} as const;
type State = (typeof ChunkState)[keyof typeof ChunkState];

/** A chunked body: sizes in either case, extensions and trailers are passed over. Only the chunk of size 0 ends it. */
export class ChunkedBody implements BodyReader {
  from = 0;
  to = 0;
  ended = false;
  #state: State = ChunkState.size;
  #digits = 0;
  #left = 0;
  /** Bytes of the line of a size, or of the trailers, so far. */
  #lineBytes = 0;

  read(bytes: Uint8Array, start: number): number {
    this.from = start;
    this.to = start;
    let at = start;
    while (at < bytes.length) {
      if (this.#state === ChunkState.data) {
        this.from = at;
        this.to = Math.min(bytes.length, at + this.#left);
        this.#left -= this.to - at;
        if (this.#left === 0) this.#state = ChunkState.dataCr;
        return this.to;
      }
      this.#frame(bytes[at++] as number);
      if (this.ended) return at;
    }
    return at;
  }

  /** One byte that is not payload. */
  #frame(byte: number): void {
    switch (this.#state) {
      case ChunkState.size:
        return this.#size(byte);
      case ChunkState.extension:
        this.#count();
        if (byte === CR) this.#state = ChunkState.sizeLf;
        return;
      case ChunkState.sizeLf:
        expect(byte, LF, 'the size of a chunk');
        this.#lineBytes = 0;
        this.#digits = 0;
        this.#state = this.#left > 0 ? ChunkState.data : ChunkState.trailerStart;
        return;
      case ChunkState.dataCr:
        expect(byte, CR, 'a chunk');
        this.#state = ChunkState.dataLf;
        return;
      case ChunkState.dataLf:
        expect(byte, LF, 'a chunk');
        this.#state = ChunkState.size;
        return;
      case ChunkState.trailerStart:
        this.#count();
        this.#state = byte === CR ? ChunkState.endLf : ChunkState.trailer;
        return;
      case ChunkState.trailer:
        this.#count();
        if (byte === LF) this.#state = ChunkState.trailerStart;
        return;
      default:
        expect(byte, LF, 'the body');
        this.ended = true;
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw new Malformed('body', 'a chunk is too large');
      this.#left = this.#left * 16 + digit;
      return;
    }
    // An empty line where a size belongs is no end: a line that breaks off looks the same.
    if (this.#digits === 0) throw new Malformed('body', 'the size of a chunk is missing');
    if (byte === CR) this.#state = ChunkState.sizeLf;
    else if (byte === SEMICOLON || byte === SPACE || byte === TAB)
      this.#state = ChunkState.extension;
    else throw new Malformed('body', 'the size of a chunk is no hexadecimal number');
  }

  #count(): void {
    if (++this.#lineBytes > MAX_LINE_BYTES)
      throw new Malformed('body', `a line around a chunk is longer than ${MAX_LINE_BYTES} bytes`);
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function expect(byte: number, wanted: number, what: string): void {
  if (byte !== wanted) throw new Malformed('body', `${what} does not end in CR LF`);
}
