/** What an EXPORT or IMPORT needs of its session and cluster. */

import type { Faults } from '../faults.js';
import type { SessionDatabase } from '../postgres/session-database.js';
import type { TransportFile } from '../sql/transport-statement.js';
import type { CertificateCheck, Tunnel } from '../tunnel/tunnel.js';

export interface TransportContext {
  readonly database: SessionDatabase;
  readonly faults: Faults;
  /** `2025.1.11` */
  readonly releaseVersion: string;
  readonly tunnel: (address: string) => Tunnel | undefined;
  /** A statement of Exasol's as PostgreSQL takes it. */
  readonly translate: (sql: string) => string;
  /** The client gave up, or is gone. */
  readonly signal: AbortSignal;
}

/** Negative, zero or positive, number by number. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Since 2025.1 a tunnel without a pin must have the certificate of a public server; before, nothing was looked at. */
export function certificateCheck(file: TransportFile, context: TransportContext): CertificateCheck {
  const { certificateCheck: wanted } = context.faults;
  if (wanted !== 'pin') return wanted;
  if (file.pin !== undefined) return 'pin';
  return compareVersions(context.releaseVersion, '2025.1') >= 0 ? 'authority' : 'none';
}
