/** Where the bytes of a tunnel come from. */
import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { MessagePort } from 'node:worker_threads';
import { Batch } from '@millrace/batch';
import { type ByteSource, type ByteStream, csvOfBatches } from '@millrace/exasol';
import { ExchangeSource } from './exchange-source.js';
import { loadModule } from './load-module.js';
import type { PieceQueue } from './piece-queue.js';
import { type Piece, readPieces } from './pieces.js';
import type { SourceEnd } from './source-end.js';
import type { ImportModule, TransportPlace, TransportSource } from './transport.js';

const READ_BYTES = 262_144;

/** @throws what opening the source throws */
export async function openSource(
  source: TransportSource,
  place: TransportPlace,
): Promise<SourceEnd> {
  switch (source.kind) {
    case 'file': {
      const { path } = source;
      // It is there and may be read: otherwise nothing need begin.
      await (await open(path)).close();
      // A node that asks again gets the file again.
      return { source: () => fileBytes(path), rowCount: () => undefined, stop: () => undefined };
    }
    case 'pieces':
      return new PieceSource(source);
    case 'exchange':
      return new ExchangeSource(source);
    case 'module': {
      const run = await loadModule<ImportModule>(source.module);
      const bytes: ByteStream = await run(place);
      return { source: bytes, rowCount: () => undefined, stop: () => undefined };
    }
  }
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path);
  try {
    // What a file has is there, or as good as there; a pipe may keep a reader waiting, and the thread has other tunnels.
    const isRegular = (await file.stat()).isFile();
    for (;;) {
      // The socket may still hold the piece before: each has memory of its own.
      const bytes = Buffer.allocUnsafeSlow(READ_BYTES);
      const length = isRegular ? readSync(file.fd, bytes) : (await file.read(bytes)).bytesRead;
      if (length === 0) return;
      yield bytes.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

/** Bytes, or batches that are written as CSV, from another thread. */
class PieceSource implements SourceEnd {
  readonly source: ByteSource;
  readonly #port: MessagePort;
  readonly #queue: PieceQueue<Piece>;
  #rowCount: number | undefined;

  constructor({ port, dialect }: Extract<TransportSource, { kind: 'pieces' }>) {
    this.#port = port;
    this.#queue = readPieces(port);
    this.source = this.#bytes(dialect);
  }

  rowCount(): number | undefined {
    return this.#rowCount;
  }

  stop(error: unknown): void {
    this.#queue.end(error ?? new Error('stopped'));
  }

  async *#bytes(
    dialect: Extract<TransportSource, { kind: 'pieces' }>['dialect'],
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces = this.#queue[Symbol.asyncIterator]();
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      if (next.value.kind === 'bytes') yield next.value.bytes;
      // A stream is of one kind: all that follow are batches.
      else return yield* csvOfBatches(this.#batches(next.value, pieces), { dialect });
    }
  }

  async *#batches(
    first: Piece,
    rest: AsyncIterator<Piece>,
  ): AsyncGenerator<Batch, void, undefined> {
    this.#rowCount = 0;
    for (let piece: Piece | undefined = first; piece !== undefined; ) {
      if (piece.kind !== 'batch') throw new TypeError('bytes between batches');
      const release = (buffer: SharedArrayBuffer): void => this.#port.postMessage(buffer);
      const batch = new Batch(piece.schema, piece.buffer, { release });
      this.#rowCount += batch.rowCount;
      yield batch;
      const next = await rest.next();
      piece = next.done === true ? undefined : next.value;
    }
  }
}
