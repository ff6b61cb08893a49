import { isIPv4 } from 'node:net';
import { ExasolOptionError } from '../errors.js';
import { shown } from './shown.js';

/** Where the database reaches a tunnel, taken apart. */
export interface TunnelAddress {
  /** `ip:port`. */
  readonly hostAndPort: string;
  /** Base64 of the SHA-256 of the tunnel's public key (SubjectPublicKeyInfo, DER); undefined for a tunnel without TLS. */
  readonly publicKey: string | undefined;
}

const ADDRESS = /^(\d+(?:\.\d+){3}):(\d{1,5})(?:\/([A-Za-z0-9+/]{43}=))?$/;

/**
 * Reads a tunnel's address, `ip:port` or `ip:port/key`. Addresses travel between processes as text and end up in SQL, so
 * they are taken in this form only.
 * @throws ExasolOptionError
 */
export function parseTunnelAddress(text: unknown, option: string): TunnelAddress {
  const found = typeof text === 'string' ? ADDRESS.exec(text) : null;
  const [, ip = '', port = '', publicKey] = found ?? [];
  if (!isIPv4(ip) || Number(port) < 1 || Number(port) > 65_535) {
    throw new ExasolOptionError(
      option,
      `${shown(text)} is no address of a tunnel; one looks like '10.0.0.11:20001', with '/' and the key's hash behind it if encrypted`,
    );
  }
  return { hostAndPort: `${ip}:${port}`, publicKey };
}
