/** As much of a session as benchmarks need: login, nodes, the columns of the block, EXPORT and IMPORT. */
import { deflateSync, inflateSync } from 'node:zlib';
import type { WebSocket } from 'ws';
import { ExasolError } from '../exasol-error.js';
import { type Json, writeJson } from '../session/json-writer.js';
import { decryptPassword, type LoginKey } from '../session/login.js';
import { parseRequest, type Request, textOf } from '../session/request.js';
import { parseTransport, type TransportStatement } from '../sql/transport-statement.js';
import type { FastColumn } from './block.js';

export interface FastSessionOptions {
  readonly id: bigint;
  readonly loginKey: LoginKey;
  readonly password: string;
  readonly hosts: readonly string[];
  readonly columns: readonly FastColumn[];
  /** @returns rows of all files, and the sum of their values if it was asked for */
  readonly transport: (statement: TransportStatement) => Promise<{ count: number; sum: number }>;
  /** @returns tunnels open to all nodes */
  readonly openTunnels: () => Promise<number>;
}

/** When the latest EXPORT or IMPORT has come, in microseconds of the machine's monotonic clock, which all processes share. */
let arrivedAt = 0;
/** Of the latest EXPORT or IMPORT that has ended. */
let valueSum = 0;

export function serveFastSession(socket: WebSocket, options: FastSessionOptions): void {
  let compressed = false;
  let queue: Promise<void> = Promise.resolve();
  const answer = async (bytes: Buffer): Promise<void> => {
    const packed = compressed;
    const request = parseRequest((packed ? inflateSync(bytes) : bytes).toString('utf8'));
    const message = await respond(request, options);
    const text = writeJson(message);
    socket.send(packed ? deflateSync(text) : text);
    if (request.useCompression === true) compressed = true;
    if (textOf(request, 'command') === 'disconnect') socket.close(1000);
  };
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    queue = queue.then(() => answer(data)).catch(() => socket.terminate());
  });
  const heart = setInterval(() => socket.pong(), 1_000);
  socket.once('close', () => clearInterval(heart));
}

async function respond(request: Request, options: FastSessionOptions): Promise<Json> {
  try {
    return { status: 'ok', ...(await reply(request, options)) };
  } catch (error) {
    const sqlCode = error instanceof ExasolError ? error.sqlCode : '42636';
    return { status: 'error', exception: { text: (error as Error).message, sqlCode } };
  }
}

async function reply(
  request: Request,
  options: FastSessionOptions,
): Promise<{ [key: string]: Json }> {
  const { loginKey, hosts, columns } = options;
  if (typeof request.username === 'string') return { responseData: welcome(request, options) };
  switch (textOf(request, 'command')) {
    case 'login':
      return {
        responseData: {
          publicKeyPem: loginKey.publicPem,
          publicKeyModulus: loginKey.modulusHex,
          publicKeyExponent: loginKey.exponentHex,
        },
      };
    case 'getHosts':
      return { responseData: { numNodes: hosts.length, nodes: hosts } };
    case 'getAttributes':
    case 'setAttributes':
      return { attributes: { autocommit: true, currentSchema: '', openTransaction: 0 } };
    case 'createPreparedStatement': {
      const resultSet = {
        numColumns: columns.length,
        numRows: 0,
        numRowsInMessage: 0,
        columns: columns.map(({ name, dataType }) => ({ name, dataType })),
      };
      return {
        responseData: {
          statementHandle: 1,
          numResults: 1,
          results: [{ resultType: 'resultSet', resultSet }],
        },
      };
    }
    case 'execute': {
      const rowCount = await execute(textOf(request, 'sqlText'), options);
      return { responseData: { numResults: 1, results: [{ resultType: 'rowCount', rowCount }] } };
    }
    default:
      return {};
  }
}

/** Beside EXPORT and IMPORT: `SHOW TUNNELS`, `SHOW ARRIVAL` and `SHOW SUM`, whose answers are counts of rows. A table `fails` is not there. */
async function execute(sql: string, options: FastSessionOptions): Promise<number> {
  if (/^SHOW TUNNELS$/i.test(sql)) return await options.openTunnels();
  if (/^SHOW ARRIVAL$/i.test(sql)) return arrivedAt;
  if (/^SHOW SUM$/i.test(sql)) return valueSum;
  if (!/^\s*(?:\/\*[\s\S]*?\*\/\s*)?(?:EXPORT|IMPORT)\b/i.test(sql)) return 0;
  arrivedAt = Math.trunc(Number(process.hrtime.bigint() / 1_000n));
  if (/\bfails\b/i.test(sql)) throw new ExasolError('42000', 'object FAILS not found');
  const { count, sum } = await options.transport(parseTransport(sql));
  valueSum = sum;
  return count;
}

function welcome(request: Request, { id, loginKey, password }: FastSessionOptions): Json {
  if (decryptPassword(loginKey, textOf(request, 'password')) !== password)
    throw new ExasolError('08004', 'Connection exception - authentication failed.');
  return {
    sessionId: id,
    protocolVersion: 3,
    releaseVersion: '2025.1.11',
    databaseName: 'DB1',
    productName: 'EXASolution',
    maxDataMessageSize: 67_108_864,
    maxIdentifierLength: 128,
    maxVarcharLength: 2_000_000,
    identifierQuoteString: '"',
    timeZone: 'UTC',
    timeZoneBehavior: 'INVALID SHIFT AMBIGUOUS ST',
  };
}
