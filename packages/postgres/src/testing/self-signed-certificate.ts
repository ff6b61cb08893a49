/** A certificate for `localhost` with a key of its own, in DER by hand (RFC 5280): tests need no program for it. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface CertificatePair {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const SEQUENCE = 0x30;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? Buffer.of(body.length)
      : Buffer.of(0x82, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));

export function selfSignedCertificate(): CertificatePair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const commonName = der(SEQUENCE, oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from('localhost')));
  const name = der(SEQUENCE, der(0x31, commonName));
  const time = (text: string): Buffer => der(0x18, Buffer.from(text));
  const unsigned = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    name,
    der(SEQUENCE, time('20000101000000Z'), time('99991231235959Z')),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', unsigned, privateKey));
  const base64 = der(SEQUENCE, unsigned, algorithm, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join(
      '\n',
    ),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
