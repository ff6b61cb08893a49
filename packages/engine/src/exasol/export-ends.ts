/** What an EXPORT's `to` may be, and the caller's side of each. */
import { Writable } from 'node:stream';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { ExasolOptionError, type PackedFormat } from '@millrace/exasol';
import {
  type Piece,
  type PieceQueue,
  PieceStreamError,
  readPieces,
  type TransportPlace,
  type TransportSink,
} from '@millrace/worker';
import { checkLength, pathsOf } from './stream-list.js';
import type { TransferEnd } from './transfer.js';

/**
 * A function that takes the bytes of one stream on the caller's thread, and reads them to their end.
 * @param place which stream it is
 */
export type ExportFunction = (
  bytes: AsyncIterable<Uint8Array>,
  place: TransportPlace,
) => void | Promise<void>;

/** Where one stream goes: a path, a Node stream (which is ended), a function, or the URL of a module (`ExportModule`). */
export type ExportSinkOne = string | URL | Writable | ExportFunction;

/**
 * Where the streams go: a list with one for each; or a path's pattern (`'part-%d.csv'`), a module's URL or a function, which each stream
 * uses. A path without `%d` and a Node stream are for one stream.
 */
export type ExportSink = ExportSinkOne | readonly ExportSinkOne[];

/** Pieces of 256 KiB under way from a thread. */
const CREDITS = 4;

/** @throws ExasolOptionError */
export function readSinks(to: unknown, workers: number): readonly ExportSinkOne[] {
  if (Array.isArray(to)) {
    checkLength(to, workers, 'to');
    return to.map((sink, i) => checkSink(sink, `to[${i}]`));
  }
  const sink = checkSink(to, 'to');
  if (typeof sink === 'string') return pathsOf(sink, workers, 'to');
  if (sink instanceof Writable && workers > 1) {
    throw new ExasolOptionError('to', `${workers} streams need a list with as many Node streams`);
  }
  return Array.from({ length: workers }, () => sink);
}

function checkSink(sink: unknown, option: string): ExportSinkOne {
  if (typeof sink === 'string' && sink !== '') return sink;
  if (sink instanceof URL || sink instanceof Writable) return sink;
  if (typeof sink === 'function') return sink as ExportFunction;
  throw new ExasolOptionError(
    option,
    'must be a path, a Node stream to write to, a function, or the URL of a module',
  );
}

interface ExportMoveOptions {
  readonly place: TransportPlace;
  readonly compression: boolean;
  readonly format: PackedFormat | undefined;
}

/** The caller's side of one stream of an EXPORT. */
export function exportEnd(sink: ExportSinkOne, options: ExportMoveOptions): TransferEnd {
  if (typeof sink === 'string') return threadEnd({ kind: 'file', path: sink }, options);
  if (sink instanceof URL) return threadEnd({ kind: 'module', module: sink.href }, options);
  return new PiecesEnd(
    sink instanceof Writable ? (bytes) => writeAll(bytes, sink) : sink,
    options,
    sink instanceof Writable ? (reason) => sink.destroy(reason) : () => undefined,
  );
}

/** All of it is in the thread. */
export function threadEnd(
  sink: TransportSink,
  options: ExportMoveOptions,
  ports: readonly MessagePort[] = [],
): TransferEnd {
  return {
    move: { ...options, direction: 'export', sink },
    ports,
    run: () => Promise.resolve(),
    stop: () => undefined,
    rowCount: () => undefined,
  };
}

class PiecesEnd implements TransferEnd {
  readonly move: TransferEnd['move'];
  readonly ports: readonly MessagePort[];
  readonly #pieces: PieceQueue<Piece>;
  readonly #port: MessagePort;
  readonly #take: ExportFunction;
  readonly #abandon: (reason: Error) => void;
  #isWhole = false;
  #broken: unknown;
  #reject: ((reason: Error) => void) | undefined;

  constructor(take: ExportFunction, options: ExportMoveOptions, abandon: (reason: Error) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#take = take;
    this.#abandon = abandon;
    this.#port = port1;
    this.#pieces = readPieces(port1);
    this.ports = [port2];
    const sink = { kind: 'pieces', port: port2, credits: CREDITS } as const;
    this.move = { ...options, direction: 'export', sink };
  }

  async run(): Promise<void> {
    const stopped = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    try {
      await Promise.race([this.#take(this.#bytes(), this.move.place), stopped]);
      if (!this.#isWhole) throw new Error('the sink returned before its stream had ended');
    } catch (error) {
      // Whatever the caller's code made of it.
      throw this.#broken instanceof PieceStreamError ? this.#broken : error;
    } finally {
      this.#port.close();
    }
  }

  stop(reason: Error): void {
    this.#reject?.(reason);
    this.#pieces.end(reason);
    this.#port.close();
    this.#abandon(reason);
  }

  rowCount(): undefined {
    return undefined;
  }

  async *#bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces = this.#pieces[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#nextOf(pieces);
        if (next === undefined) break;
        if (next.kind === 'bytes') yield next.bytes;
      }
      this.#isWhole = true;
    } finally {
      await pieces.return();
    }
  }

  async #nextOf(pieces: AsyncGenerator<Piece, void, undefined>): Promise<Piece | undefined> {
    try {
      const { done, value } = await pieces.next();
      return done === true ? undefined : value;
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }
}

/** Writes as fast as the stream takes it, and ends the stream. */
async function writeAll(bytes: AsyncIterable<Uint8Array>, to: Writable): Promise<void> {
  let failed: Error | undefined;
  let wake: (() => void) | undefined;
  const onError = (error: Error): void => {
    failed ??= error;
    wake?.();
  };
  const onClose = (): void => onError(new Error('the stream was closed before all was written'));
  to.on('error', onError);
  to.on('close', onClose);
  const written = (write: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      write((error) => {
        if (error) failed ??= error;
        resolve();
      });
      if (failed !== undefined) resolve();
    });
  try {
    for await (const piece of bytes) {
      if (to.destroyed) onClose();
      if (failed === undefined) await written((done) => to.write(piece, done));
      if (failed !== undefined) throw failed;
    }
    await written((done) =>
      to.end(() => {
        to.off('close', onClose);
        done();
      }),
    );
    if (failed !== undefined) throw failed;
  } finally {
    to.off('close', onClose);
    // A stream that is destroyed tells its reason once more.
    if (failed === undefined) to.off('error', onError);
  }
}
