import {
  type CsvDialect,
  createTunnelCertificate,
  ExasolOptionError,
  type PackedFormat,
} from '@millrace/exasol';
import { CallScope } from '../call-scope.js';
import type { Slot } from '../dispatch/slot.js';
import { CancelledError } from '../errors.js';
import { type ExportSinkOne, exportEnd, readSinks } from './export-ends.js';
import { type ImportSourceOne, importEnds, readSources } from './import-ends.js';
import type { StreamResult, TransferEnd } from './transfer.js';
import { ExasolTransferError } from './transfer-error.js';
import { TransferLine } from './transfer-line.js';
import { flag, readConnectTimeout } from './transfer-options.js';
import { transportSlot } from './transport-slot.js';

export interface HttpTransportOptions {
  /** A node of the cluster, and the port of its database: `session.nodes()` lists them. */
  readonly host: string;
  readonly port: number;
  /** TLS. Default true. All tunnels of a statement must agree. */
  readonly encryption?: boolean;
  /** Bytes travel as gzip: the statement must say so, too. Default false. */
  readonly compression?: boolean;
  /** The statement's `format`: the bytes are packed like this, and pass through as they are. Goes before `compression`. */
  readonly format?: PackedFormat;
  /** For dialling the node. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Ends the tunnel, whatever it does. */
  readonly signal?: AbortSignal;
}

/**
 * Opens one tunnel, in a thread of its own, for a statement that another process may run. Its `address` goes there as text, and
 * into `exportParallel(addresses, …)` or `importParallel(addresses, …)`.
 * @throws ExasolOptionError; ExasolTransferError if the node cannot be reached; the signal's reason
 */
export async function httpTransport(options: HttpTransportOptions): Promise<HttpTransport> {
  const encryption = flag(options.encryption, true, 'encryption');
  const compression = flag(options.compression, false, 'compression');
  const connectTimeoutMs = readConnectTimeout(options.connectTimeoutMs);
  const { host, port, signal, format } = options;
  if (format !== undefined && !['gz', 'bz2', 'zip'].includes(format)) {
    throw new ExasolOptionError('format', "must be 'gz', 'bz2' or 'zip'");
  }
  const scope = new CallScope({ signal });
  const slot = transportSlot();
  try {
    const certificate = encryption ? await createTunnelCertificate() : undefined;
    const line = new TransferLine(slot, { host, port, certificate, connectTimeoutMs });
    const transport = { line, slot, scope, compression, format, node: `${host}:${port}` };
    const onAbort = (): void => line.cancel();
    scope.signal.addEventListener('abort', onAbort);
    if (scope.signal.aborted) onAbort();
    const address = await line.address;
    if (address !== undefined) return new HttpTransport(address, transport);
    scope.signal.throwIfAborted();
    throw await failureOf(line);
  } catch (error) {
    scope.close();
    await slot.close();
    throw error;
  }
}

interface TransportParts {
  readonly line: TransferLine;
  readonly slot: Slot;
  readonly scope: CallScope;
  readonly compression: boolean;
  readonly format: PackedFormat | undefined;
  readonly node: string;
}

/** One tunnel for one stream. Close it when the statement has ended: a node may still be reading after everything was sent. */
export class HttpTransport {
  /** What the statement names: `ip:port`, with the hash of the tunnel's key behind a `/` when it is encrypted. */
  readonly address: string;
  readonly #parts: TransportParts;
  #closing: Promise<void> | undefined;

  /** Not for callers: `httpTransport` makes tunnels. */
  constructor(address: string, parts: TransportParts) {
    this.address = address;
    this.#parts = parts;
  }

  /**
   * Receives an EXPORT's stream. Settles when the sink has all of it; that the statement succeeds, only its own call says.
   * @throws ExasolOptionError, ExasolTransferError, CancelledError
   */
  exportTo(sink: ExportSinkOne): Promise<StreamResult> {
    const [one] = readSinks([sink], 1);
    const { compression, format } = this.#parts;
    return this.#run(
      exportEnd(one as ExportSinkOne, { place: { index: 0, workers: 1 }, compression, format }),
    );
  }

  /**
   * Sends an IMPORT's stream. Settles when all of it is sent; that it is committed, only the statement's own call says.
   * @param dialect how rows and batches are written; default: as an IMPORT without options reads them
   * @throws ExasolOptionError, ExasolTransferError, CancelledError
   */
  importFrom(source: ImportSourceOne, dialect: CsvDialect = {}): Promise<StreamResult> {
    const { compression, format } = this.#parts;
    const sources = readSources(source, 1);
    const [end] = importEnds(sources, {
      workers: 1,
      compression,
      format,
      dialect,
      columns: undefined,
    });
    return this.#run(end as TransferEnd);
  }

  /** Closes the tunnel and its thread. What is under way fails. */
  async close(): Promise<void> {
    this.#closing ??= this.#end();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<void> {
    const { line, slot, scope } = this.#parts;
    // First: of what is done nothing is undone, which a cancel would do.
    line.settle(false);
    scope.end(new CancelledError('The tunnel was closed'));
    line.cancel();
    await line.ended;
    scope.close();
    await slot.close();
  }

  async #run(end: TransferEnd): Promise<StreamResult> {
    const { line, scope, node } = this.#parts;
    scope.signal.throwIfAborted();
    line.go(end.move, end.ports);
    const side = end.run().then(
      () => undefined,
      (error: Error) => error,
    );
    const outcome = await line.outcome;
    if (outcome.kind === 'done') {
      const error = await side;
      if (error !== undefined) throw transferError('caller', error);
      const { bytes, wireBytes, result } = outcome;
      return { node, rowCount: outcome.rowCount ?? end.rowCount(), bytes, wireBytes, result };
    }
    end.stop(outcome.error);
    scope.signal.throwIfAborted();
    const error = await side;
    // The thread only says that the stream broke off when it was broken here.
    if (outcome.error.name === 'PieceStreamError' && error !== undefined) {
      throw transferError('caller', error);
    }
    throw transferError(outcome.origin === 'caller' ? 'caller' : 'tunnel', outcome.error);
  }
}

async function failureOf(line: TransferLine): Promise<Error> {
  const outcome = await line.outcome;
  return outcome.kind === 'failed'
    ? transferError('tunnel', outcome.error)
    : new Error('the tunnel has ended before it had an address');
}

function transferError(origin: 'caller' | 'tunnel', error: Error): ExasolTransferError {
  return new ExasolTransferError('The tunnel failed', [{ origin, error, worker: undefined }]);
}
