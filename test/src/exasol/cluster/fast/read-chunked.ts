/** Takes the chunks of a body apart as they come, without a promise for each: a fast node's part is to be no part of what is measured. */
import type { Duplex } from 'node:stream';
import { TransferError } from '../tunnel/transfer-error.js';

/** Reads an answer's head and its chunked body; `take` gets the bytes of the body. Settles at its end. */
export function readChunked(stream: Duplex, take: (bytes: Buffer) => void): Promise<void> {
  const reader = new ChunkReader(take);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stream.off('data', onData);
      stream.off('close', onClose);
    };
    const onClose = (): void => {
      stop();
      reject(new TransferError(broken));
    };
    const onData = (bytes: Buffer): void => {
      try {
        if (!reader.read(bytes)) return;
        stop();
        resolve();
      } catch (error) {
        stop();
        reject(error);
      }
    };
    stream.on('data', onData);
    stream.once('close', onClose);
    stream.resume();
  });
}

const broken = {
  message: 'transfer closed with outstanding read data remaining',
  code: 18,
  strerror: 'Transferred a partial file',
} as const;

class ChunkReader {
  readonly #take: (bytes: Buffer) => void;
  /** A line that has not ended. */
  #line = '';
  #left = 0;
  #state: 'status' | 'fields' | 'size' | 'data' | 'data-end' | 'trailers' = 'status';

  constructor(take: (bytes: Buffer) => void) {
    this.#take = take;
  }

  /** Whether the body has ended. */
  read(bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length; ) {
      if (this.#state === 'data') {
        const to = Math.min(bytes.length, at + this.#left);
        this.#take(bytes.subarray(at, to));
        this.#left -= to - at;
        at = to;
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      const end = bytes.indexOf(10, at);
      this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end);
      if (end < 0) return false;
      at = end + 1;
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      if (this.#next(line)) return true;
    }
    return false;
  }

  #next(line: string): boolean {
    switch (this.#state) {
      case 'status': {
        const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1]);
        if (status !== 200) throw new TransferError(status);
        this.#state = 'fields';
        return false;
      }
      case 'fields':
        if (line === '') this.#state = 'size';
        return false;
      case 'size':
        if (!/^[\da-f]+$/i.test(line)) throw new TransferError(broken);
        this.#left = Number.parseInt(line, 16);
        this.#state = this.#left === 0 ? 'trailers' : 'data';
        return false;
      case 'data-end':
        if (line !== '') throw new TransferError(broken);
        this.#state = 'size';
        return false;
      default:
        return line === '';
    }
  }
}
