/** A WebSocket server that logs anybody in and answers the rest by a script, so that each fault can be made on purpose. */
import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  type RSAKeyPairKeyObjectOptions,
} from 'node:crypto';
import { createServer as createPlain, type Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { deflateSync, inflateSync } from 'node:zlib';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Certificate } from '../../support/certificates.js';

/** A command as it came; the second message of a login has none. */
export type Received = Readonly<Record<string, unknown>> & { readonly command?: string };

export interface ScriptedConnection {
  readonly ws: WebSocket;
  /** Answers ok. `json` is text, for integers that JSON.stringify cannot write. */
  ok(json?: string): void;
  error(text: string, sqlCode: string): void;
  /** Sends a message as it is, compressed where that was agreed on. */
  send(text: string): void;
}

export interface ScriptedServerOptions {
  readonly certificate?: Certificate;
  /** Answers what is no login. Default: ok, with no data. */
  readonly script?: (command: Received, connection: ScriptedConnection) => void;
  /** The key's form in the login's first answer. */
  readonly key?: 'pkcs1' | 'spki' | 'numbers';
  /** What is answered to the login's second message; may throw to say nothing. */
  readonly onLogin?: (login: Received, connection: ScriptedConnection) => void;
}

export interface ScriptedServer {
  readonly port: number;
  readonly dsn: string;
  readonly received: readonly Received[];
  /** What the login sent, decrypted. */
  readonly passwords: readonly string[];
  readonly connections: readonly WebSocket[];
  close(): Promise<void>;
}

export const SESSION_ID = '1847489584543301632';

export const LOGIN_REPLY: string = `{"sessionId":${SESSION_ID},"protocolVersion":3,"releaseVersion":"8.32.0","databaseName":"DB1","productName":"EXASolution","maxDataMessageSize":67108864,"timeZone":"UTC"}`;

const bits: RSAKeyPairKeyObjectOptions = { modulusLength: 1024 };
const { publicKey, privateKey } = generateKeyPairSync('rsa', bits);

export async function startScriptedServer(
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const { certificate } = options;
  const http: Server =
    certificate === undefined
      ? createPlain()
      : createTls({ cert: certificate.certificate, key: certificate.key });
  const sockets = new WebSocketServer({ server: http });
  const received: Received[] = [];
  const passwords: string[] = [];
  const connections: WebSocket[] = [];
  sockets.on('connection', (ws) => {
    connections.push(ws);
    serve(ws, options, received, passwords);
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  return {
    port,
    dsn: `127.0.0.1:${port}`,
    received,
    passwords,
    connections,
    close: async () => {
      for (const ws of connections) {
        ws.terminate();
      }
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function serve(
  ws: WebSocket,
  options: ScriptedServerOptions,
  received: Received[],
  passwords: string[],
): void {
  let compressed = false;
  const send = (text: string): void => ws.send(compressed ? deflateSync(text) : text);
  const connection: ScriptedConnection = {
    ws,
    send,
    ok: (json) => send(`{"status":"ok"${json === undefined ? '' : `,"responseData":${json}`}}`),
    error: (text, sqlCode) =>
      send(JSON.stringify({ status: 'error', exception: { text, sqlCode } })),
  };
  ws.on('message', (data: Buffer, isBinary) => {
    const text = isBinary ? inflateSync(data).toString() : data.toString();
    const command = JSON.parse(text) as Received;
    received.push(command);
    if (command.command === 'login' || command.command === 'loginToken') {
      connection.ok(command.command === 'login' ? keyReply(options.key ?? 'pkcs1') : undefined);
    } else if (command.command === undefined) {
      if (typeof command.password === 'string') {
        passwords.push(decrypt(command.password, privateKey));
      }
      (options.onLogin ?? (() => connection.ok(LOGIN_REPLY)))(command, connection);
      compressed = command.useCompression === true;
    } else if (options.script === undefined || command.command === 'disconnect') {
      connection.ok();
    } else if (command.command === 'getAttributes') {
      connection.send('{"status":"ok","attributes":{"autocommit":true,"currentSchema":""}}');
    } else {
      options.script(command, connection);
    }
  });
}

function keyReply(form: 'pkcs1' | 'spki' | 'numbers'): string {
  if (form === 'numbers') {
    const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
    const hex = (text: string): string => Buffer.from(text, 'base64url').toString('hex');
    return JSON.stringify({ publicKeyModulus: hex(n), publicKeyExponent: hex(e) });
  }
  return JSON.stringify({ publicKeyPem: publicKey.export({ type: form, format: 'pem' }) });
}

/** By hand: Node's own removal of the padding is switched off (CVE-2023-46809). */
function decrypt(base64: string, key: KeyObject): string {
  const block = privateDecrypt(
    { key, padding: constants.RSA_NO_PADDING },
    Buffer.from(base64, 'base64'),
  );
  const end = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || end < 10) {
    throw new Error('the padding is not that of PKCS#1 v1.5');
  }
  return block.subarray(end + 1).toString('utf8');
}

/** The answer to `execute` that holds all its rows. */
export const rowsReply = (set: string): string =>
  `{"numResults":1,"results":[{"resultType":"resultSet","resultSet":${set}}]}`;

export const countReply = (count: number): string =>
  `{"numResults":1,"results":[{"resultType":"rowCount","rowCount":${count}}]}`;
