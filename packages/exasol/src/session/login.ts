import { platform, release, userInfo } from 'node:os';
import { ExasolProtocolError } from '../errors.js';
import type { CommandQueue } from './command-queue.js';
import { encryptPassword } from './encrypt-password.js';
import { asObject, countOf, handleOf, type SessionAttributes } from './protocol.js';

/** Who logs in. Tokens want encryption. */
export type Credentials =
  | { readonly user: string; readonly password: string }
  | { readonly accessToken: string }
  | { readonly refreshToken: string };

export interface LoginOptions {
  readonly credentials: Credentials;
  readonly compression: boolean;
  readonly attributes: SessionAttributes;
  readonly clientName: string;
  readonly clientVersion: string;
}

/** What the server says of the session, and of itself. */
export interface SessionInfo {
  /** In decimal digits: it is longer than a number holds. */
  readonly sessionId: string;
  readonly protocolVersion: number;
  /** Such as `2025.1.11`. */
  readonly releaseVersion: string;
  readonly databaseName: string;
  readonly productName: string;
  /** Bytes of the longest message, either way. */
  readonly maxDataMessageSize: number;
  readonly timeZone: string;
}

/** Asked for; a server may answer with a lower one. 3 is what all servers since 7.1 speak. */
const PROTOCOL_VERSION = 3;

const DEFAULT_MESSAGE_BYTES = 64 * 1024 * 1024;

/** The four messages of a login. @throws ExasolError with the code 08004 if the server refuses */
export async function login(queue: CommandQueue, options: LoginOptions): Promise<SessionInfo> {
  const { credentials } = options;
  const byToken = !('password' in credentials);
  const { data } = await queue.send({
    command: byToken ? 'loginToken' : 'login',
    protocolVersion: PROTOCOL_VERSION,
  });
  const proof = byToken
    ? credentials
    : {
        username: credentials.user,
        password: encryptPassword(credentials.password, {
          pem: textOr(data.publicKeyPem),
          modulus: textOr(data.publicKeyModulus),
          exponent: textOr(data.publicKeyExponent),
        }),
      };
  const reply = await queue.send({
    ...proof,
    driverName: `Millrace ${options.clientVersion}`,
    clientName: options.clientName,
    clientVersion: options.clientVersion,
    clientOs: `${platform()} ${release()}`,
    clientOsUsername: systemUser(),
    clientRuntime: `Node.js ${process.version}`,
    useCompression: options.compression,
    attributes: options.attributes as Record<string, string | number | boolean>,
  });
  return readSessionInfo(reply.data);
}

function readSessionInfo(data: Readonly<Record<string, unknown>>): SessionInfo {
  const { sessionId, releaseVersion, maxDataMessageSize, protocolVersion } = asObject(
    data,
    'login',
  );
  if (typeof releaseVersion !== 'string') {
    throw new ExasolProtocolError('the login has no releaseVersion');
  }
  return {
    sessionId: handleOf(sessionId).toString(),
    protocolVersion: countOf(protocolVersion ?? PROTOCOL_VERSION),
    releaseVersion,
    databaseName: textOr(data.databaseName) ?? '',
    productName: textOr(data.productName) ?? '',
    maxDataMessageSize: countOf(maxDataMessageSize ?? DEFAULT_MESSAGE_BYTES),
    timeZone: textOr(data.timeZone) ?? '',
  };
}

const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Systems without an entry for the user have no name for it. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
