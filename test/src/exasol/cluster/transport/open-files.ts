/** The tunnels of a statement, and what their failure makes of it. */
import { ExasolError, notSupported, syntaxError } from '../exasol-error.js';
import type { Death } from '../faults.js';
import type { TransportFile, TransportStatement } from '../sql/transport-statement.js';
import { couldNotConnect, describeTransfer, TransferError } from '../tunnel/transfer-error.js';
import type { Line, Tunnel } from '../tunnel/tunnel.js';
import { certificateCheck, compareVersions, type TransportContext } from './statement-context.js';

export interface OpenFile {
  readonly file: TransportFile;
  readonly tunnel: Tunnel;
  readonly line: Line;
  readonly gzip: boolean;
  readonly death: Death | undefined;
}

/** Says what it makes of the statement before anything is sent over a tunnel. */
export function checkStatement(statement: TransportStatement, context: TransportContext): void {
  const { faults, releaseVersion } = context;
  if (faults.requests === 'sql-error')
    throw new ExasolError('42636', 'ETL-4211: Connection setup failed (a fault of the test)');
  for (const file of statement.files) {
    if (file.pin !== undefined && compareVersions(releaseVersion, '8.32.0') < 0)
      throw syntaxError('syntax error, unexpected PUBLIC_, expecting FILE_ [line 2, column 1]');
    if (/\.(bz2|zip)$/i.test(file.name)) throw notSupported(`compression of '${file.name}'`);
    if (faults.tunnelTls === 'required' && !file.secure)
      throw new ExasolError(
        '42636',
        `ETL-4219: connections without TLS are not allowed [http://${file.address}]`,
      );
    if (faults.tunnelTls === 'forbidden' && file.secure)
      throw new ExasolError(
        '42636',
        `ETL-4219: connections with TLS are not allowed [https://${file.address}]`,
      );
  }
}

export async function openFile(
  index: number,
  statement: TransportStatement,
  context: TransportContext,
): Promise<OpenFile> {
  const file = statement.files[index] as TransportFile;
  const { faults } = context;
  const tunnel = context.tunnel(file.address);
  const refused = faults.requests === 'refused-once';
  if (refused) faults.requests = 'normal';
  if (tunnel === undefined || refused) {
    const [host, port] = file.address.split(':');
    throw couldNotConnect(`Failed to connect to ${host} port ${port}: Connection refused`);
  }
  const line = await tunnel.line(file, certificateCheck(file, context));
  const fits = faults.death?.file === undefined || faults.death.file === index;
  return {
    file,
    tunnel,
    line,
    gzip: /\.gz$/i.test(file.name),
    death: fits ? faults.death : undefined,
  };
}

/** The database's error for a file that could not be written (ETL-5106) or read (ETL-5105). */
export function transportError(
  error: unknown,
  file: TransportFile,
  direction: 'export' | 'import',
  bytes: number,
): unknown {
  if (!(error instanceof TransferError)) return error;
  const url = `${file.secure ? 'https' : 'http'}://${file.address}/${file.name}`;
  const what = describeTransfer(url, bytes, error);
  return direction === 'export'
    ? new ExasolError(
        '42636',
        `ETL-5106: Following error occured while writing data to external connection ${what}`,
      )
    : new ExasolError(
        '42636',
        `ETL-5105: Following error occured while reading data from external connection ${what}`,
      );
}

/** Rejects when the client gives up, or is gone. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
