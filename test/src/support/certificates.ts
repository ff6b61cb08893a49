/** Certificates for tests: authorities, and what they vouch for. DER by hand (RFC 5280), so that no program is needed. */
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** What it takes to vouch for others. */
  readonly issuer: { readonly name: Buffer; readonly privateKey: KeyObject };
}

const SEQUENCE = 0x30;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const prefix =
    length < 0x80 ? Buffer.of(length) : Buffer.of(0x82, (length >> 8) & 0xff, length & 0xff);
  return Buffer.concat([Buffer.of(tag), prefix, body]);
}

const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const time = (text: string): Buffer => der(0x18, Buffer.from(text));
const TRUE = der(0x01, Buffer.of(0xff));

/** An authority that vouches for itself. */
export const authority = (commonName: string): Certificate =>
  issue({ commonName, extension: certificateAuthority() });

/** The certificate of a server with these names and addresses. */
export const serverCertificate = (by: Certificate, hosts: readonly string[]): Certificate =>
  issue({ commonName: hosts[0] as string, by, extension: subjectAlternatives(hosts) });

/** The certificate of a client that logs in by it. */
export const clientCertificate = (by: Certificate, user: string): Certificate =>
  issue({ commonName: user, by });

function certificateAuthority(): Buffer {
  return der(SEQUENCE, oid(0x55, 0x1d, 0x13), TRUE, der(0x04, der(SEQUENCE, TRUE)));
}

function subjectAlternatives(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host)
      ? der(0x87, Buffer.from(host.split('.').map(Number)))
      : der(0x82, Buffer.from(host)),
  );
  return der(SEQUENCE, oid(0x55, 0x1d, 0x11), der(0x04, der(SEQUENCE, ...names)));
}

function issue(request: {
  readonly commonName: string;
  readonly by?: Certificate;
  readonly extension?: Buffer;
}): Certificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const text = der(0x0c, Buffer.from(request.commonName));
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, oid(0x55, 0x04, 0x03), text)));
  const issuer = request.by?.issuer ?? { name, privateKey };
  const { extension } = request;
  const unsigned = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    issuer.name,
    der(SEQUENCE, time('20000101000000Z'), time('99991231235959Z')),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    ...(extension === undefined ? [] : [der(0xa3, der(SEQUENCE, extension))]),
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', unsigned, issuer.privateKey));
  const base64 = der(SEQUENCE, unsigned, algorithm, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g)?.join('\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    issuer: { name, privateKey },
  };
}
