/** A stream of bytes or batches over a port between two threads: as many pieces under way as there are credits. */
import type { MessagePort } from 'node:worker_threads';
import type { Schema } from '@millrace/batch';
import type { ErrorEnvelope } from '../error-envelope.js';
import { PieceQueue } from './piece-queue.js';

/** Bytes (whose memory moves to the reader), or the memory of a batch. */
export type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'batch'; readonly schema: Schema; readonly buffer: SharedArrayBuffer };

type PieceMessage =
  | Piece
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly error: ErrorEnvelope };

/** The other end of a stream of pieces failed, or is gone. Whoever is behind it says more. */
export class PieceStreamError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PieceStreamError';
  }
}

export class PieceWriter {
  readonly #port: MessagePort;
  #credits: number;
  #over = false;
  #gone = false;
  #wake: (() => void) | undefined;

  /** @param spare gets the memory of batches back that the reader has done with */
  constructor(port: MessagePort, credits: number, spare?: (buffer: SharedArrayBuffer) => void) {
    this.#port = port;
    this.#credits = credits;
    port.on('message', (message: 'credit' | SharedArrayBuffer) => {
      if (message !== 'credit') return spare?.(message);
      this.#credits++;
      this.#wake?.();
    });
    port.on('close', () => {
      this.#gone = true;
      this.#wake?.();
    });
  }

  /** Settles when the piece is on its way. @throws PieceStreamError when nobody wants it */
  async write(piece: Piece): Promise<void> {
    while (this.#credits === 0 && !this.#gone) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#gone) throw new PieceStreamError('nobody reads the stream any more');
    this.#credits--;
    this.#port.postMessage(piece, piece.kind === 'bytes' ? [piece.bytes.buffer] : []);
  }

  end(): void {
    this.#last({ kind: 'end' });
  }

  fail(error: ErrorEnvelope): void {
    this.#last({ kind: 'failed', error });
  }

  /** Ends it without a last word. */
  close(): void {
    this.#over = true;
    this.#port.close();
  }

  #last(message: PieceMessage): void {
    if (this.#over) return;
    this.#over = true;
    this.#port.postMessage(message);
    // The reader closes it when it has read all.
  }
}

/** The pieces that a `PieceWriter` at the port's other end writes, for one loop; the port is closed when it ends. */
export function readPieces(port: MessagePort): PieceQueue<Piece> {
  const queue = new PieceQueue<Piece>(() => port.close());
  port.on('message', (message: PieceMessage) => {
    if (message.kind === 'end') queue.end();
    else if (message.kind === 'failed') {
      queue.end(new PieceStreamError(message.error.message, { cause: message.error }));
    } else queue.push(message, () => port.postMessage('credit'));
  });
  port.on('close', () => queue.end(new PieceStreamError('the stream broke off')));
  return queue;
}
