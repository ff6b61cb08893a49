/** What an IMPORT's `from` may be, and the caller's side of each. */
import { Readable } from 'node:stream';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Batch } from '@millrace/batch';
import {
  type CsvColumn,
  type CsvDialect,
  csvOfRows,
  ExasolOptionError,
  type PackedFormat,
} from '@millrace/exasol';
import {
  BufferPool,
  type ErrorEnvelope,
  type Piece,
  PieceWriter,
  type TransportPlace,
  type TransportSource,
} from '@millrace/worker';
import type { ShardOutputs } from './shard-outputs.js';
import { isShardOutputs, shardEnds } from './shard-outputs.js';
import { checkLength, pathsOf } from './stream-list.js';
import type { TransferEnd } from './transfer.js';

/** Rows (lists of values in the order of the columns), batches, or bytes of CSV; one stream has one kind. */
export type ImportItem = readonly unknown[] | Batch | Uint8Array;
/** What gives the items of a stream. */
export type ImportItems = AsyncIterable<ImportItem> | Iterable<ImportItem>;
/** A function that gives what one stream sends. */
export type ImportFunction = (place: TransportPlace) => ImportItems;

/** Where one stream comes from: a path, a Node stream of bytes, items, a function that gives items, or a module's URL (`ImportModule`). */
export type ImportSourceOne = string | URL | Readable | ImportItems | ImportFunction;

/**
 * Where the streams come from. A list of paths, Node streams, async iterables, functions or URLs has one for each stream. A path's
 * pattern (`'part-%d.csv'`), a module's URL or a function serves each stream. Rows and batches of one iterable are spread over the streams
 * as these ask for them; an iterable (or Node stream) of bytes is for one stream.
 */
export type ImportSource =
  | ImportSourceOne
  | ShardOutputs
  | readonly (string | URL | Readable | ImportItems | ImportFunction)[];

export interface ImportEndOptions {
  readonly workers: number;
  readonly compression: boolean;
  readonly format: PackedFormat | undefined;
  readonly dialect: CsvDialect;
  /** The target's columns, where they are known. */
  readonly columns: readonly CsvColumn[] | undefined;
}

/** Pieces under way to a thread. */
const CREDITS = 4;

/** Sources of all streams, checked. */
export type ImportSources =
  | { readonly kind: 'each'; readonly sources: readonly ImportSourceOne[] }
  | { readonly kind: 'shared'; readonly items: ImportItems }
  | { readonly kind: 'shards'; readonly outputs: ShardOutputs };

/** @throws ExasolOptionError */
export function readSources(from: unknown, workers: number): ImportSources {
  if (Array.isArray(from) && from.length > 0 && from.every(isSourceOfList)) {
    checkLength(from, workers, 'from');
    return { kind: 'each', sources: from as readonly ImportSourceOne[] };
  }
  if (isShardOutputs(from)) {
    checkLength(from.ports, workers, 'from');
    return { kind: 'shards', outputs: from };
  }
  if (typeof from === 'string' && from !== '') {
    return { kind: 'each', sources: pathsOf(from, workers, 'from') };
  }
  if (from instanceof Readable || from instanceof Uint8Array) {
    if (from instanceof Readable && workers === 1) return { kind: 'each', sources: [from] };
    throw new ExasolOptionError(
      'from',
      from instanceof Readable
        ? `${workers} streams need a list with as many Node streams`
        : 'bytes come in a list, or any iterable',
    );
  }
  if (from instanceof URL || typeof from === 'function') {
    const source = from as ImportSourceOne;
    return { kind: 'each', sources: Array.from({ length: workers }, () => source) };
  }
  if (isIterable(from)) return { kind: 'shared', items: from };
  throw new ExasolOptionError(
    'from',
    'must be a path, a Node stream to read from, rows, batches, a function, or the URL of a module',
  );
}

/** Ends of all streams. */
export function importEnds(sources: ImportSources, options: ImportEndOptions): TransferEnd[] {
  const places = Array.from({ length: options.workers }, (_, index) => ({
    index,
    workers: options.workers,
  }));
  if (sources.kind === 'shards') return shardEnds(sources.outputs, options);
  if (sources.kind === 'shared') {
    const pieces = new SharedPieces(sources.items, options, options.workers);
    return places.map((place) => new PiecesEnd(() => pieces, place, options));
  }
  return places.map((place, i) => {
    const source = sources.sources[i] as ImportSourceOne;
    if (typeof source === 'string')
      return threadEnd({ kind: 'file', path: source }, place, options);
    if (source instanceof URL) {
      return threadEnd({ kind: 'module', module: source.href }, place, options);
    }
    const items = (): ImportItems => (typeof source === 'function' ? source(place) : source);
    return new PiecesEnd(() => new SharedPieces(items(), options, 1), place, options);
  });
}

function threadEnd(
  source: TransportSource,
  place: TransportPlace,
  { compression, format }: ImportEndOptions,
): TransferEnd {
  return {
    move: { place, compression, format, direction: 'import', source },
    ports: [],
    run: () => Promise.resolve(),
    stop: () => undefined,
    rowCount: () => undefined,
  };
}

/** A piece and the rows in it. */
interface Counted {
  readonly piece: Piece;
  readonly rows: number | undefined;
}

/** Pieces that several streams ask for in turn. */
class SharedPieces {
  readonly #pieces: AsyncGenerator<Counted, void, undefined>;
  readonly readers: number;
  /** Memory of batches that comes back from the threads. */
  readonly pool: BufferPool;

  constructor(items: ImportItems, options: ImportEndOptions, readers: number) {
    this.pool = new BufferPool(CREDITS * readers);
    this.#pieces = piecesOf(items, options, this.pool);
    this.readers = readers;
  }

  /** @throws ExasolOptionError for bytes that several streams ask for: nobody knows where a row ends */
  async next(): Promise<Counted | undefined> {
    const { done, value } = await this.#pieces.next();
    if (done === true) return undefined;
    if (this.readers > 1 && value.rows === undefined) {
      throw new ExasolOptionError('from', 'an iterable of bytes is for one stream (workers: 1)');
    }
    return value;
  }

  stop(): void {
    // It may wait for the caller's own iterable, which need not answer.
    void this.#pieces.return().catch(() => undefined);
  }
}

class PiecesEnd implements TransferEnd {
  readonly move: TransferEnd['move'];
  readonly ports: readonly MessagePort[];
  readonly #writer: PieceWriter;
  readonly #port: MessagePort;
  readonly #open: () => SharedPieces;
  #pieces: SharedPieces | undefined;
  #rows: number | undefined;
  #reject: ((reason: Error) => void) | undefined;

  constructor(
    open: () => SharedPieces,
    place: TransportPlace,
    { compression, format, dialect }: ImportEndOptions,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#open = open;
    this.#port = port1;
    this.#writer = new PieceWriter(port1, CREDITS, (buffer) => this.#pieces?.pool.give(buffer));
    this.ports = [port2];
    const source = { kind: 'pieces', port: port2, dialect } as const;
    this.move = { place, compression, format, direction: 'import', source };
  }

  async run(): Promise<void> {
    const stopped = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    try {
      await Promise.race([this.#send(), stopped]);
      this.#writer.end();
    } catch (error) {
      this.#writer.fail(envelopeOf(error));
      throw error;
    }
  }

  stop(reason: Error): void {
    this.#reject?.(reason);
    this.#pieces?.stop();
    this.#port.close();
  }

  rowCount(): number | undefined {
    return this.#rows;
  }

  async #send(): Promise<void> {
    this.#pieces = this.#open();
    for (;;) {
      const next = await this.#pieces.next();
      if (next === undefined) return;
      if (next.rows !== undefined) this.#rows = (this.#rows ?? 0) + next.rows;
      await this.#writer.write(next.piece);
    }
  }
}

async function* piecesOf(
  items: ImportItems,
  options: ImportEndOptions,
  pool: BufferPool,
): AsyncGenerator<Counted, void, undefined> {
  const iterator = iteratorOf(items);
  try {
    const first = await iterator.next();
    if (first.done === true) return;
    const all = { first: first.value, iterator, isAsync: Symbol.asyncIterator in items };
    if (first.value instanceof Batch) yield* batchPieces(all, pool);
    else if (first.value instanceof Uint8Array) yield* bytePieces(all);
    else yield* rowPieces(all, options);
  } finally {
    await iterator.return?.();
  }
}

interface Items {
  readonly first: ImportItem;
  readonly iterator: AsyncIterator<ImportItem> | Iterator<ImportItem>;
  readonly isAsync: boolean;
}

/**
 * A batch is the caller's only until the next one is asked for, and a thread reads it later: it gets a copy, in memory that is used
 * again. Retaining it would leave all of them to the garbage collector.
 */
async function* batchPieces(
  items: Items,
  pool: BufferPool,
): AsyncGenerator<Counted, void, undefined> {
  for await (const batch of itemsOf(items)) {
    if (!(batch instanceof Batch)) throw new TypeError('an item is no batch, as the first one was');
    const { schema, byteLength, rowCount } = batch;
    const buffer = pool.take(byteLength);
    new Uint8Array(buffer).set(new Uint8Array(batch.buffer, 0, byteLength));
    yield { piece: { kind: 'batch', schema, buffer }, rows: rowCount };
  }
}

async function* bytePieces(items: Items): AsyncGenerator<Counted, void, undefined> {
  for await (const bytes of itemsOf(items)) {
    if (!(bytes instanceof Uint8Array))
      throw new TypeError('an item is no bytes, as the first was');
    // Its memory moves to another thread; the caller's stays the caller's.
    if (bytes.length > 0)
      yield { piece: { kind: 'bytes', bytes: Uint8Array.from(bytes) }, rows: undefined };
  }
}

async function* rowPieces(
  items: Items,
  { dialect, columns }: ImportEndOptions,
): AsyncGenerator<Counted, void, undefined> {
  let seen = 0;
  let told = 0;
  const count = (row: ImportItem): readonly unknown[] => {
    if (!Array.isArray(row)) throw new TypeError('a row is no list of values');
    seen++;
    return row;
  };
  const piece = (bytes: Uint8Array, rows: number): Counted => {
    told += rows;
    return { piece: { kind: 'bytes', bytes: Uint8Array.from(bytes) }, rows };
  };
  let full: Counted | undefined;
  for await (const bytes of csvOfRows(countedRows(items, count), {
    dialect,
    ...(columns && { columns }),
  })) {
    if (full !== undefined) yield full;
    // It is full because the row that was seen last did not fit.
    full = bytes.length > 0 ? piece(bytes, seen - 1 - told) : undefined;
  }
  // The last one is not full, but the end.
  if (full !== undefined) yield { ...full, rows: (full.rows ?? 0) + seen - told };
}

/** Of a synchronous iterable a synchronous one: waiting for each row would cost more than writing it. */
function countedRows(
  { first, iterator, isAsync }: Items,
  count: (row: ImportItem) => readonly unknown[],
): AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]> {
  if (!isAsync) {
    return (function* () {
      yield count(first);
      for (;;) {
        const { done, value } = (iterator as Iterator<ImportItem>).next();
        if (done === true) return;
        yield count(value);
      }
    })();
  }
  return (async function* () {
    for await (const row of itemsOf({ first, iterator, isAsync })) yield count(row);
  })();
}

async function* itemsOf({ first, iterator }: Items): AsyncGenerator<ImportItem, void, undefined> {
  yield first;
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return;
    yield next.value;
  }
}

function iteratorOf(items: ImportItems): AsyncIterator<ImportItem> | Iterator<ImportItem> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

function isIterable(value: unknown): value is ImportItems {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

function isSourceOfList(source: unknown): boolean {
  return (
    typeof source === 'string' ||
    typeof source === 'function' ||
    source instanceof URL ||
    source instanceof Readable ||
    (typeof source === 'object' &&
      source !== null &&
      (Symbol.asyncIterator in source || isLazyList(source)))
  );
}

/** A generator, say, is a source; an array is a row, and bytes and batches are items, too. */
function isLazyList(source: object): boolean {
  return Symbol.iterator in source && !Array.isArray(source) && !ArrayBuffer.isView(source);
}

function envelopeOf(error: unknown): ErrorEnvelope {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'internal', message, code: 'MILLRACE_SOURCE', stack: undefined };
}
