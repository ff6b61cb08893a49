/** The first four messages of a session: a key, and a password encrypted by it; or a token. */
import { constants, createPrivateKey, generateKeyPairSync, privateDecrypt } from 'node:crypto';

export interface LoginKey {
  readonly privatePem: string;
  /** PKCS#1, as old servers have it. */
  readonly publicPem: string;
  readonly modulusHex: string;
  readonly exponentHex: string;
}

export function makeLoginKey(): LoginKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return {
    privatePem: privateKey.export({ type: 'pkcs1', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'pkcs1', format: 'pem' }) as string,
    modulusHex: Buffer.from(n, 'base64url').toString('hex'),
    exponentHex: Buffer.from(e, 'base64url').toString('hex'),
  };
}

/** The padding of RSAES-PKCS1-v1_5 is taken off here: Node 20 refuses to (CVE-2023-46809). */
export function decryptPassword(key: LoginKey, base64: string): string | undefined {
  try {
    const padded = privateDecrypt(
      { key: createPrivateKey(key.privatePem), padding: constants.RSA_NO_PADDING },
      Buffer.from(base64, 'base64'),
    );
    const end = padded.indexOf(0, 2);
    return padded[0] === 0 && padded[1] === 2 && end >= 10
      ? padded.toString('utf8', end + 1)
      : undefined;
  } catch {
    return undefined;
  }
}
