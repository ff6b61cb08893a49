/** A certificate for the tunnels of one call: made in memory, in DER by hand (RFC 5280, RFC 5480), never on a disk. */
import { createHash, generateKeyPair, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** Plain data: it can be posted to the threads that share it. */
export interface TunnelCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. A secret: it is worth as much as the data that goes through the tunnels. */
  readonly key: string;
  /** base64(sha256(public key in DER)): what a statement names after `sha256//`, so that the node accepts no other key. */
  readonly pin: string;
}

const SEQUENCE = 0x30;
const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];

/** How long a certificate holds, and how much earlier it begins than now: clocks of other machines may be late. */
const VALID_MS = 7 * 86_400_000;
const EARLIER_MS = 86_400_000;

const makeKeyPair = promisify(generateKeyPair);

/** A new P-256 key and a certificate that it signs itself. Takes about a millisecond; once per call is enough. */
export async function createTunnelCertificate(): Promise<TunnelCertificate> {
  const { privateKey, publicKey } = await makeKeyPair('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = der(SEQUENCE, objectId(ECDSA_WITH_SHA256));
  const name = der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, objectId(COMMON_NAME), der(0x0c, Buffer.from('Millrace tunnel')))),
  );
  const now = Date.now();
  const unsigned = der(
    SEQUENCE,
    // Version 3, a positive serial number.
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1), randomBytes(8)),
    algorithm,
    name,
    der(SEQUENCE, time(now - EARLIER_MS), time(now + VALID_MS)),
    name,
    spki,
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', unsigned, privateKey));
  return {
    certificate: pem(der(SEQUENCE, unsigned, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pin: createHash('sha256').update(spki).digest('base64'),
  };
}

/** One element: tag, length, the parts one after the other (X.690). */
function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  const long = body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length];
  const length = body.length < 0x80 ? [body.length] : long;
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}

function objectId(bytes: readonly number[]): Buffer {
  return der(0x06, bytes);
}

/** GeneralizedTime. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(digits));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
