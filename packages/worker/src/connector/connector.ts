/**
 * Databases of other kinds, by a module that a thread imports. One connection is one channel:
 *
 * ```
 * task ── opened | failed ──► engine           the module is loaded and has connected
 * task ◄── query ──────────── engine           one thing at a time
 * task ── fields, rows … ───► engine           at most as many chunks as there are credits
 * task ◄── credit, cancel ─── engine
 * task ── ended | failed ───► engine
 * task ◄── commit | rollback | close ── engine     each answered by `ended` or `failed`
 * ```
 */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorEnvelope } from '../error-envelope.js';

/** A column of a connector's rows. */
export interface ConnectorField {
  readonly name: string;
}

/** Rows of a statement, in chunks of the connector's choice: each row a list of values that can be cloned. */
export interface ConnectorRows extends AsyncIterable<readonly (readonly unknown[])[]> {
  /** Read after the first chunk, or at the end. Null, or missing, for a statement without rows. */
  readonly fields?: readonly ConnectorField[] | null;
  /** Rows that the statement changed; read at the end. */
  readonly rowCount?: number;
}

/** A connection to a database, as a connector module makes it. Used for one thing at a time. */
export interface ConnectorConnection {
  /** @param parameters what the caller gave to `execute`, as it is; undefined without */
  query(sql: string, parameters: unknown): ConnectorRows | Promise<ConnectorRows>;
  /** Makes the running query end soon. */
  cancel?(): unknown;
  /** With both of these a transaction begins at the first query, by the connector's doing. */
  commit?(): unknown;
  rollback?(): unknown;
  close(): unknown;
}

/** The default export of a connector module. */
export type Connector = (dsn: string) => ConnectorConnection | Promise<ConnectorConnection>;

/** Opens a connection by a connector module; its channel stays open until it is closed. */
export interface ConnectorTask {
  readonly kind: 'connector';
  /** URL of the module. */
  readonly module: string;
  readonly dsn: string;
  /** Chunks that may be under way at the same time. */
  readonly credits: number;
  readonly port: MessagePort;
}

export type ConnectorCommand = 'commit' | 'rollback' | 'close';

export type ConnectorRequest =
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: unknown }
  | { readonly kind: 'credit' }
  | { readonly kind: 'cancel' }
  | { readonly kind: ConnectorCommand };

export type ConnectorMessage =
  | { readonly kind: 'opened'; readonly hasTransactions: boolean }
  | { readonly kind: 'fields'; readonly fields: readonly ConnectorField[] | null }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly unknown[])[] }
  | { readonly kind: 'ended'; readonly rowCount: number | undefined }
  | { readonly kind: 'failed'; readonly error: ErrorEnvelope };
