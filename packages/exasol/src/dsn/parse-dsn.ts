import { ExasolOptionError } from '../errors.js';

/** The port of a connection string whose last part names none. */
export const DEFAULT_PORT = 8563;

/** One host of a connection string, ranges written out. */
export interface DsnHost {
  readonly host: string;
  readonly port: number;
  /**
   * SHA-256 of the server's certificate (DER), in upper-case hexadecimal digits; `NOCERTCHECK`: take any certificate; undefined: the
   * certificate is verified by its authority and the host's name.
   */
  readonly fingerprint: string | undefined;
}

/** A certificate is taken as it comes: what a connection string says as `nocertcheck`. */
export const NO_CERTIFICATE_CHECK = 'NOCERTCHECK';

/** `prefix NN..MM suffix /fingerprint :port`: everything but the prefix may be missing. */
const PART =
  /^(?<prefix>[^/:]+?)(?:(?<first>\d+)\.\.(?<last>\d+)(?<suffix>[^/:]*?))?(?:\/(?<fingerprint>[^/:]*))?(?::(?<port>[^/:]*))?$/;

const HOST = /^[\p{L}\p{N}_.-]+$/u;

/** So many hosts can a part name; more is a slip of the finger, not a cluster. */
const RANGE_LIMIT = 10_000;

/**
 * Reads a connection string as pyexasol 2.3.1 does: `exa1..4.example.com/FINGERPRINT:8563,10.0.0.11..14`. Ranges keep their zeros
 * (`h01..16`). A port or a fingerprint holds for its part and for those to the left that have none of their own; the port
 * of the last part is 8563 unless it says another.
 * @param encryption whether the connection will be TLS; a fingerprint without it is an error
 * @returns at least one host, in the string's order
 * @throws ExasolOptionError that quotes the part that is wrong
 */
export function parseDsn(dsn: string, encryption = true): readonly DsnHost[] {
  if (typeof dsn !== 'string' || dsn.trim() === '') {
    throw new ExasolOptionError(
      'dsn',
      "the connection string is empty: write hosts, such as 'exa1..4.example.com:8563'",
    );
  }
  const hosts: DsnHost[] = [];
  let port = DEFAULT_PORT;
  let fingerprint: string | undefined;
  for (const written of dsn.split(',').reverse()) {
    const part = written.trim();
    if (part === '') {
      continue;
    }
    const found = PART.exec(part)?.groups;
    if (found === undefined) {
      throw partError(
        part,
        "it must look like 'host', 'host1..4', 'host/fingerprint' or 'host:port'",
      );
    }
    port = found.port === undefined || found.port === '' ? port : readPort(part, found.port);
    if (found.fingerprint !== undefined) {
      fingerprint = readFingerprint(part, found.fingerprint, encryption);
    }
    hosts.unshift(...hostNames(part, found).map((host) => ({ host, port, fingerprint })));
  }
  if (hosts.length === 0) {
    throw new ExasolOptionError('dsn', `the connection string '${dsn}' names no host`);
  }
  return hosts;
}

function readPort(part: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw partError(part, `'${text}' is no port: it must be a number from 1 to 65535`);
  }
  return port;
}

function readFingerprint(part: string, text: string, encryption: boolean): string {
  const fingerprint = text.toUpperCase();
  if (fingerprint !== NO_CERTIFICATE_CHECK && !/^[0-9A-F]{64}$/.test(fingerprint)) {
    throw partError(
      part,
      `'${text}' is no fingerprint: it must be the 64 hexadecimal digits of the certificate's SHA-256, or 'nocertcheck', and stand before the port`,
    );
  }
  if (!encryption) {
    throw partError(part, 'it has a fingerprint, but encryption is off: nothing would be checked');
  }
  return fingerprint;
}

function hostNames(part: string, found: Readonly<Record<string, string | undefined>>): string[] {
  const { prefix = '', first, last, suffix = '' } = found;
  const names: string[] = [];
  if (first === undefined || last === undefined) {
    names.push(prefix);
  } else {
    const from = Number(first);
    const to = Number(last);
    if (from > to) {
      throw partError(part, `the range ${first}..${last} ends before it begins`);
    }
    if (to - from >= RANGE_LIMIT) {
      throw partError(part, `the range ${first}..${last} has more than ${RANGE_LIMIT} hosts`);
    }
    for (let i = from; i <= to; i++) {
      names.push(`${prefix}${String(i).padStart(first.length, '0')}${suffix}`);
    }
  }
  const wrong = names.find((name) => !HOST.test(name) || name.includes('..'));
  if (wrong !== undefined) {
    throw partError(part, `'${wrong}' is no name of a host, and no IPv4 address`);
  }
  return names;
}

const partError = (part: string, message: string): ExasolOptionError =>
  new ExasolOptionError('dsn', `in the part '${part}', ${message}`);
