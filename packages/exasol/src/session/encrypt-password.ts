import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import { ExasolOptionError, ExasolProtocolError } from '../errors.js';

/** The key that a server gives for one login. */
export interface ServerKey {
  /** PKCS#1 or SubjectPublicKeyInfo, in PEM. */
  readonly pem?: string | undefined;
  /** Hexadecimal digits. */
  readonly modulus?: string | undefined;
  readonly exponent?: string | undefined;
}

/**
 * The password as the login sends it: RSAES-PKCS1-v1_5 (RFC 8017, 7.2) of its UTF-8 bytes, in base64.
 * @throws ExasolProtocolError if the key is none; ExasolOptionError if the password is too long for it. No error holds the password.
 */
export function encryptPassword(password: string, server: ServerKey): string {
  const key = publicKeyOf(server);
  const bytes = Buffer.from(password, 'utf8');
  const longest = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8 - 11;
  if (bytes.length > longest) {
    throw new ExasolOptionError(
      'password',
      `is longer than the ${longest} bytes that the server's key encrypts`,
    );
  }
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, bytes).toString('base64');
}

function publicKeyOf({ pem, modulus, exponent }: ServerKey): KeyObject {
  let key: KeyObject;
  try {
    if (pem !== undefined) {
      key = createPublicKey(pem);
    } else if (modulus !== undefined && exponent !== undefined) {
      key = createPublicKey({
        key: { kty: 'RSA', n: base64Url(modulus), e: base64Url(exponent) },
        format: 'jwk',
      });
    } else {
      throw new Error('the login gave none');
    }
  } catch (cause) {
    throw new ExasolProtocolError('the key for the password cannot be read', { cause });
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw new ExasolProtocolError('the key for the password is no RSA key');
  }
  return key;
}

function base64Url(digits: string): string {
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Buffer.from(even.replace(/^(?:00)+(?=..)/, ''), 'hex').toString('base64url');
}
