/** Options that all transfers have, and what becomes of them. */
import { availableParallelism } from 'node:os';
import {
  createTunnelCertificate,
  ExasolOptionError,
  type Session,
  type TunnelCertificate,
} from '@millrace/exasol';
import type { TransferNode } from './transfer.js';

/** Options of every call that moves rows over tunnels. */
export interface TransferOptions {
  /**
   * How many streams, each with a tunnel to a node of its own as long as there are nodes; then they begin again. Default: as many as
   * `to` or `from` names; else as many as the cluster has nodes.
   */
  readonly workers?: number;
  /** Whether bytes travel as gzip. For slow lines. Default: as the connection's messages. */
  readonly compression?: boolean;
  /** Whether tunnels are TLS. Default: as the connection is. */
  readonly encryption?: boolean;
  /** For dialling each node. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Ends the call, the statement and all tunnels. */
  readonly signal?: AbortSignal;
  /** Ends it after so long. Default: no limit. */
  readonly timeoutMs?: number;
}

/** The same, read. */
export interface TransferSettings {
  readonly compression: boolean;
  readonly encryption: boolean;
  readonly connectTimeoutMs: number;
  readonly releaseVersion: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const MOST_MS = 2_147_483_647;

/** @throws ExasolOptionError */
export function readTransferSettings(options: TransferOptions, session: Session): TransferSettings {
  return {
    compression: flag(options.compression, session.compression, 'compression'),
    encryption: flag(options.encryption, session.encryption, 'encryption'),
    connectTimeoutMs: readConnectTimeout(options.connectTimeoutMs),
    releaseVersion: session.info.releaseVersion,
  };
}

/** @throws ExasolOptionError */
export function readConnectTimeout(ms: unknown): number {
  return wholeNumber(ms, 'connectTimeoutMs', MOST_MS) ?? CONNECT_TIMEOUT_MS;
}

/** How many threads hold a connection's tunnels. @throws ExasolOptionError */
export function readThreads(threads: unknown): number {
  return wholeNumber(threads, 'threads', MOST_MS) ?? availableParallelism();
}

/** More tunnels than this are a mistake: each is a connection of the database's. */
const MOST_WORKERS = 10_000;

/**
 * The nodes to dial, one for each stream.
 * @param named how many streams the sinks or sources name; undefined: they serve any number
 */
export async function nodesFor(
  session: Session,
  workers: unknown,
  named: number | undefined,
  signal: AbortSignal,
): Promise<readonly TransferNode[]> {
  const count = wholeNumber(workers, 'workers', MOST_WORKERS) ?? named;
  const nodes = await session.nodes(count, { signal });
  return nodes.map(({ host, port }) => ({ host, port }));
}

/** How many streams the sinks or the sources of a call name. */
export function namedStreams(
  of: unknown,
  isList: (of: readonly unknown[]) => boolean,
): number | undefined {
  if (Array.isArray(of)) return isList(of) ? of.length : undefined;
  if (typeof of === 'function' || of instanceof URL) return undefined;
  if (typeof of === 'string') return /%(0\d)?d/.test(of) ? undefined : 1;
  return undefined;
}

/** One for all tunnels of a call. */
export async function certificateFor(encryption: boolean): Promise<TunnelCertificate | undefined> {
  return encryption ? await createTunnelCertificate() : undefined;
}

/** Addresses that stand for those to come, so that a statement can be checked before anything is opened. */
export const SAMPLE_ADDRESSES: readonly string[] = [`10.0.0.1:1/${'A'.repeat(43)}=`];

/** @throws ExasolOptionError */
export function wholeNumber(value: unknown, option: string, most: number): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > most) {
    throw new ExasolOptionError(option, `must be a whole number from 1 to ${most}`);
  }
  return value as number;
}

/** @throws ExasolOptionError */
export function flag(value: unknown, ifMissing: boolean, option: string): boolean {
  if (value === undefined) return ifMissing;
  if (typeof value !== 'boolean') throw new ExasolOptionError(option, 'must be true or false');
  return value;
}
