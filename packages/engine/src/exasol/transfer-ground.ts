/** What every transfer of a connection runs on, and how it begins. */
import type { PackedFormat, Session } from '@millrace/exasol';
import type { Slot } from '../dispatch/slot.js';
import { Transfer, type TransferRequest } from './transfer.js';
import { certificateFor, type TransferSettings } from './transfer-options.js';

/** Options of EXPORT and IMPORT beside those of CSV. */
export interface StatementOptions {
  /** Names keep their case and may hold any character. Default false. */
  readonly quoteIdentifiers?: boolean;
  /** The bytes are packed so: the database packs them for a sink, or a source gives them packed. */
  readonly format?: PackedFormat;
  /** The database takes whatever certificate a tunnel shows. Default false. */
  readonly ignoreCertificate?: boolean;
}

export interface TransferGround {
  readonly session: Session;
  /** Threads for so many streams; those of streams in a row differ while there are threads. */
  readonly slots: (count: number) => readonly Slot[];
  /** Aborts with the error to throw. */
  readonly signal: AbortSignal;
}

/** Dials all nodes, with one certificate for all tunnels where they are encrypted. */
export async function openTransfer(
  { session, slots, signal }: TransferGround,
  { connectTimeoutMs, encryption }: TransferSettings,
  request: Pick<TransferRequest, 'kind' | 'nodes' | 'ends' | 'statement' | 'countsRows'>,
): Promise<Transfer> {
  return new Transfer({
    ...request,
    session,
    signal,
    slots: slots(request.nodes.length),
    certificate: await certificateFor(encryption),
    connectTimeoutMs,
  });
}
