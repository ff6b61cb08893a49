/**
 * What the engine and a tunnel's task say to each other.
 *
 * ```
 * task ── opened ────────►  engine   the tunnel's address: nothing moves before all of a statement's are known
 * task ◄── go ────────────  engine   where the bytes go to, or come from
 * task ◄── redial ───────  engine   the database got no connection: a new tunnel, `opened` again; `failed` where bytes have moved
 * task ── done | failed ─►  engine   once: everything has moved, or what went wrong
 * task ◄── settle ────────  engine   the statement has ended: the tunnel may be closed, and what it wrote is kept or not
 * task ◄── cancel ────────  engine   at any time; so is a port that closes
 * ```
 *
 * Bytes and batches travel on a port of their own, under credits (`pieces.ts`; typed batches of an EXPORT by an exchange).
 */
import type { MessagePort } from 'node:worker_threads';
import type { Schema } from '@millrace/batch';
import type {
  CsvColumn,
  CsvDialect,
  CsvErrorDetails,
  PackedFormat,
  TunnelCertificate,
  TunnelErrorDetails,
} from '@millrace/exasol';
import type { ErrorEnvelope } from '../error-envelope.js';

/** One tunnel to a node of Exasol, and the one stream of bytes that goes through it. */
export interface TransportTask {
  readonly kind: 'transport';
  readonly host: string;
  /** Of the node's database. */
  readonly nodePort: number;
  /** TLS; undefined: plain. */
  readonly certificate: TunnelCertificate | undefined;
  readonly connectTimeoutMs: number;
  /** Bytes of one read of the socket at most, without TLS. Default: as many as are fast. */
  readonly readBytes?: number | undefined;
  readonly port: MessagePort;
}

/** Which of a statement's streams one is. */
export interface TransportPlace {
  /** From 0. */
  readonly index: number;
  readonly workers: number;
}

/** Where the bytes of an EXPORT go. */
export type TransportSink =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'pieces'; readonly port: MessagePort; readonly credits: number }
  | {
      readonly kind: 'batches';
      readonly port: MessagePort;
      readonly credits: number;
      readonly columns: readonly CsvColumn[];
      readonly dialect: CsvDialect;
      readonly withColumnNames: boolean;
      readonly batchRows: number | undefined;
      readonly batchBytes: number | undefined;
    }
  | { readonly kind: 'module'; readonly module: string };

/** Where the bytes of an IMPORT come from. Batches are written as CSV of the dialect. */
export type TransportSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'pieces'; readonly port: MessagePort; readonly dialect: CsvDialect }
  | {
      /** Batches of another task, by an exchange. */
      readonly kind: 'exchange';
      readonly port: MessagePort;
      readonly schema: Schema;
      readonly dialect: CsvDialect;
    }
  | { readonly kind: 'module'; readonly module: string };

interface Move {
  readonly place: TransportPlace;
  /** Bytes are gzip on the wire, and neither in the sink nor in the source. */
  readonly compression: boolean;
  /** The statement's files are packed like this, and so is what the sink gets or the source gives. */
  readonly format: PackedFormat | undefined;
}

export type TransportMove =
  | (Move & { readonly direction: 'export'; readonly sink: TransportSink })
  | (Move & { readonly direction: 'import'; readonly source: TransportSource });

export type TransportRequest =
  | { readonly kind: 'go'; readonly move: TransportMove }
  | { readonly kind: 'redial' }
  | { readonly kind: 'settle'; readonly failed: boolean }
  | { readonly kind: 'cancel' };

/** What one tunnel has moved. */
export interface TransportDone {
  readonly kind: 'done';
  /** Bytes of the sink or the source. */
  readonly bytes: number;
  /** On the wire: fewer when compressed. */
  readonly wireBytes: number;
  /** Where the task knows rows: batches. */
  readonly rowCount: number | undefined;
  /** What a module's function has returned. */
  readonly result: unknown;
}

/** Whose failure it is: the caller's sink or source, the statement's, the tunnel's, or nobody's. */
export type TransportOrigin = 'caller' | 'statement' | 'tunnel' | 'cancelled';

export interface TransportFailed {
  readonly kind: 'failed';
  readonly origin: TransportOrigin;
  readonly error: ErrorEnvelope;
  /** `error.name`. */
  readonly name: string;
  /** For an error of the tunnel itself. */
  readonly tunnel: Omit<TunnelErrorDetails, 'cause'> | undefined;
  /** For CSV that is not what its columns say. */
  readonly csv: CsvErrorDetails | undefined;
}

export type TransportMessage =
  | { readonly kind: 'opened'; readonly address: string }
  | TransportDone
  | TransportFailed;

/**
 * The default export of a sink's module. It runs in the thread that holds the tunnel, with the bytes of one stream, and reads them to
 * their end; what it returns (plain data) is `workers[i].result` of the call.
 */
export type ExportModule = (bytes: AsyncIterable<Uint8Array>, place: TransportPlace) => unknown;

/** The default export of a source's module: gives the bytes of one stream, in the thread that holds the tunnel. */
export type ImportModule = (
  place: TransportPlace,
) =>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>;
