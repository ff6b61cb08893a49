/**
 * One EXPORT or IMPORT over tunnels, from the first dial to the last byte.
 *
 * ```
 * opening ── all addresses ──► moving ── statement ended ──► settling ── all streams over ──► over
 *    └──────────── the first failure, wherever: everything is cancelled, and waited for ─────►
 * ```
 *
 * Who is told what:
 * - The statement has failed: every tunnel is told so, and none waits for a request any more.
 * - A sink, a source or a tunnel has failed: the other tunnels are cancelled, by which the database's statement fails, too. It
 *   gets `STATEMENT_GRACE_MS` to say so itself, and is then aborted; a session that does not end it is closed.
 * - The database was refused a connection, and no byte has moved: new tunnels, and the statement once more (`REDIAL_AFTER_MS`).
 * - The caller's signal: both at once. An IMPORT that was committed all the same says so; an EXPORT's sinks are undone.
 *
 * A transfer has succeeded when the statement has, and every stream has ended well. Which failure is the one that is thrown is
 * decided when all are known: `ExasolTransferError`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { ExasolError, type RowCount, type Session, type TunnelCertificate } from '@millrace/exasol';
import { PieceStreamError, type TransportMove } from '@millrace/worker';
import { deferred, settledWithin } from '../dispatch/deferred.js';
import type { Slot } from '../dispatch/slot.js';
import {
  ExasolTransferError,
  type TransferFailure,
  type TransferOrigin,
} from './transfer-error.js';
import { type LineOutcome, TransferLine } from './transfer-line.js';

/** The caller's side of one stream. */
export interface TransferEnd {
  readonly move: TransportMove;
  /** Ports that go with it. */
  readonly ports: readonly MessagePort[];
  /** Begins the work on the caller's thread, if there is any; settles when it is done, rejects when the caller's code fails. */
  run(): Promise<void>;
  /** The transfer has failed: `run` must end soon. */
  stop(reason: Error): void;
  /** Whether what `run` rejects with, after the transfer was stopped, is a failure by itself. Default: it is the end of what was stopped. */
  isOwn?(error: unknown): boolean;
  /** Rows that were moved, where this side knows. */
  rowCount(): number | undefined;
}

/** A node to dial. */
export interface TransferNode {
  readonly host: string;
  readonly port: number;
}

export interface TransferRequest {
  readonly kind: 'EXPORT' | 'IMPORT';
  readonly session: Session;
  /** One for each stream, in order; so are `slots` and `ends`. */
  readonly nodes: readonly TransferNode[];
  readonly slots: readonly Slot[];
  readonly ends: readonly TransferEnd[];
  readonly certificate: TunnelCertificate | undefined;
  readonly connectTimeoutMs: number;
  readonly statement: (addresses: readonly string[]) => string;
  /** Aborts with the error to throw. */
  readonly signal: AbortSignal;
  /** Whether the database counts the rows that the streams have: not where it may pass some over. */
  readonly countsRows: boolean;
}

/** What one stream has moved. */
export interface StreamResult {
  /** The node that its tunnel led to. */
  readonly node: string;
  /** Rows, where they were counted here: batches, and rows of JavaScript values. */
  readonly rowCount: number | undefined;
  /** Bytes of CSV (or whatever `format` says) that the sink got or the source gave. */
  readonly bytes: number;
  /** The same on the wire: fewer when compressed. */
  readonly wireBytes: number;
  /** What the function of a sink's module has returned. */
  readonly result: unknown;
}

/** What a transfer has moved. */
export interface TransferResult {
  /** Rows, as the database says. */
  readonly rowCount: number;
  /** Bytes of all streams. */
  readonly bytes: number;
  /** One for each stream, in order. */
  readonly workers: readonly StreamResult[];
}

/** A statement gets so long to fail by itself when its tunnels are gone; it knows best why. */
const STATEMENT_GRACE_MS = 1_000;
/** What is left in threads when all is decided is waited for so long at most. */
const END_MS = 1_000;

/** How long a statement that was refused a connection waits for its next attempts: a node's port may open a moment late. */
const REDIAL_AFTER_MS = [50, 200, 800];

export class Transfer {
  readonly #request: TransferRequest;
  readonly #lines: readonly TransferLine[];
  readonly #failures: TransferFailure[] = [];
  /** Streams that broke off between threads: whoever broke them says why, unless nobody does. */
  readonly #echoes: TransferFailure[] = [];
  readonly #abortStatement = new AbortController();
  #statement: Promise<number | undefined> | undefined;
  #isStatementOver = false;
  readonly #overdue = deferred<void>();
  #overdueTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Why tunnels are dialled anew. */
  #refused: Error | undefined;

  /** Dials at once. */
  constructor(request: TransferRequest) {
    this.#request = request;
    const { slots, nodes, certificate, connectTimeoutMs } = request;
    this.#lines = nodes.map(
      (node, i) => new TransferLine(slots[i] as Slot, { ...node, certificate, connectTimeoutMs }),
    );
  }

  /** @throws ExasolTransferError, the signal's reason */
  async run(): Promise<TransferResult> {
    const { signal, ends } = this.#request;
    const onAbort = (): void => this.#onAbort();
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    let succeeded = false;
    try {
      const outcomes = this.#lines.map((line, i) => this.#watch(line, i));
      const addresses = await this.#unlessOverdue(this.#lines.map((line) => line.address));
      let sides: readonly Promise<void>[] = [];
      if (!this.#stopped && addresses?.every((address) => address !== undefined)) {
        sides = ends.map((end, i) => this.#start(end, i));
        this.#statement = this.#execute(addresses as readonly string[]);
      }
      const rowCount = await this.#statement;
      this.#isStatementOver = true;
      clearTimeout(this.#graceTimer);
      if (this.#stopped) this.#boundEnd();
      const done = await this.#unlessOverdue(outcomes);
      await this.#unlessOverdue(sides);
      if (this.#failures.length === 0) this.#failures.push(...this.#echoes);
      if (done !== undefined && this.#failures.length === 0) {
        const isCommitted = this.#request.kind === 'IMPORT' && rowCount !== undefined;
        const isWhole = done.every(({ kind }) => kind === 'done');
        if (!signal.aborted || (isCommitted && isWhole)) return this.#result(done, rowCount);
      }
      succeeded = rowCount !== undefined;
    } finally {
      signal.removeEventListener('abort', onAbort);
      await this.#close();
    }
    signal.throwIfAborted();
    const when = succeeded ? ' after its statement had succeeded' : '';
    throw new ExasolTransferError(`The ${this.#request.kind} failed${when}`, this.#failures);
  }

  /** Ends the transfer. */
  #fail(origin: TransferOrigin, error: Error, worker: number | undefined): void {
    this.#failures.push({ origin, error, worker });
    if (origin === 'statement') this.#settle(true);
    this.#stop(error);
  }

  /** Says where bytes go, and begins the caller's side of it. */
  async #start(end: TransferEnd, index: number): Promise<void> {
    (this.#lines[index] as TransferLine).go(end.move, end.ports);
    try {
      await end.run();
    } catch (error) {
      // What was stopped fails with that; it is no failure of its own.
      if (this.#stopped && end.isOwn?.(error) !== true) return;
      if (isEcho(error)) this.#echoes.push({ origin: 'tunnel', error, worker: index });
      else this.#fail('caller', asError(error), index);
    }
  }

  /** The number of rows, once the statement has succeeded; undefined when it has not. */
  async #execute(addresses: readonly string[]): Promise<number | undefined> {
    const { session, statement } = this.#request;
    const { signal } = this.#abortStatement;
    let files: readonly string[] = addresses;
    for (let attempt = 0; ; attempt++) {
      try {
        const { rowCount } = (await session.execute(statement(files), { signal })) as RowCount;
        if (!this.#stopped) this.#settle(false);
        return rowCount;
      } catch (error) {
        // Aborted because of another failure, which is told.
        if (signal.aborted) return undefined;
        const next = isRefused(error) ? await this.#redial(attempt, error) : undefined;
        if (next !== undefined) files = next;
        else {
          if (!signal.aborted) this.#fail('statement', error as Error, undefined);
          return undefined;
        }
      }
    }
  }

  /** New tunnels for a statement that found none of the others listening; undefined: one of them was used, or it has been tried enough. */
  async #redial(attempt: number, error: Error): Promise<readonly string[] | undefined> {
    const pauseMs = REDIAL_AFTER_MS[attempt];
    if (pauseMs === undefined || this.#stopped) return undefined;
    this.#refused = error;
    await delay(pauseMs, undefined, { signal: this.#abortStatement.signal }).catch(() => undefined);
    if (this.#stopped) return undefined;
    const addresses = await this.#unlessOverdue(this.#lines.map((line) => line.redial()));
    if (this.#stopped || !addresses?.every((address) => address !== undefined)) return undefined;
    this.#refused = undefined;
    return addresses as readonly string[];
  }

  async #watch(line: TransferLine, index: number): Promise<LineOutcome> {
    const outcome = await line.outcome;
    if (outcome.kind === 'done') return outcome;
    const { origin, error } = outcome;
    if (isEcho(error)) this.#echoes.push({ origin: 'tunnel', error, worker: index });
    else if (origin === 'caller' || origin === 'tunnel') this.#fail(origin, error, index);
    // Others that were cancelled, or whose statement has failed, follow from what is told elsewhere.
    else if (this.#stopped) return outcome;
    else if (this.#refused !== undefined) this.#fail('statement', this.#refused, undefined);
    else this.#fail('tunnel', error, index);
    return outcome;
  }

  #onAbort(): void {
    this.#abortStatement.abort(this.#request.signal.reason);
    this.#stop(this.#request.signal.reason as Error);
  }

  #stop(reason: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const line of this.#lines) line.cancel();
    for (const end of this.#request.ends) end.stop(reason);
    if (this.#isStatementOver || this.#statement === undefined) this.#boundEnd();
    if (this.#isStatementOver) return;
    this.#graceTimer = setTimeout(() => this.#abortStatement.abort(reason), STATEMENT_GRACE_MS);
  }

  /** A thread that does nothing but compute never says that it has stopped. */
  #boundEnd(): void {
    this.#overdueTimer ??= setTimeout(() => this.#overdue.resolve(), END_MS);
  }

  /** Undefined: the transfer has failed, and they have not ended in the time they had. */
  #unlessOverdue<Value>(values: readonly Promise<Value>[]): Promise<Value[] | undefined> {
    return Promise.race([
      Promise.all(values),
      this.#overdue.promise.then((): undefined => undefined),
    ]);
  }

  #settle(failed: boolean): void {
    for (const line of this.#lines) line.settle(failed);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#overdueTimer);
    const failed = this.#failures.length > 0 || this.#request.signal.aborted;
    // A second word of the statement's end says nothing; a first one ends what never began.
    this.#settle(failed);
    if (failed) for (const line of this.#lines) line.cancel();
    await settledWithin(
      Promise.all(this.#lines.map((line) => line.ended)).then(() => undefined),
      END_MS,
    );
  }

  /** @throws ExasolTransferError if the rows counted here are not as many as the database says */
  #result(outcomes: readonly LineOutcome[], rowCount = 0): TransferResult {
    const { nodes, ends, kind, countsRows } = this.#request;
    const workers = outcomes.map((outcome, i): StreamResult => {
      if (outcome.kind === 'failed') throw outcome.error;
      const { bytes, wireBytes, result } = outcome;
      const { host, port } = nodes[i] as TransferNode;
      const counted = outcome.rowCount ?? (ends[i] as TransferEnd).rowCount();
      return { node: `${host}:${port}`, rowCount: counted, bytes, wireBytes, result };
    });
    const sum = workers.reduce((total, worker) => total + (worker.rowCount ?? Number.NaN), 0);
    if (countsRows && !Number.isNaN(sum) && sum !== rowCount) {
      const error = new Error(
        `the statement has succeeded with ${rowCount} rows, but its streams had ${sum}`,
      );
      this.#failures.push({ origin: 'tunnel', error, worker: undefined });
      throw new ExasolTransferError(`The ${kind} cannot be right`, this.#failures);
    }
    const bytes = workers.reduce((total, worker) => total + worker.bytes, 0);
    return { rowCount, bytes, workers };
  }
}

/** A stream between threads broke off: in the other thread it is a `PieceStreamError` by name. */
function isEcho(error: unknown): error is Error {
  return (
    error instanceof PieceStreamError ||
    (error instanceof Error && error.name === 'PieceStreamError')
  );
}

/** In the words of libcurl, which the nodes ask with. */
function isRefused(error: unknown): error is ExasolError {
  return error instanceof ExasolError && /Connection refused/.test(error.message);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
