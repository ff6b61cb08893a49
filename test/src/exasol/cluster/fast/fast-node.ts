/** The process of one fast node. Its parent tells it what it is, and it tells when it listens. */
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createSecureContext, TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import { noFaults } from '../faults.js';
import { sniff } from '../node/sniff.js';
import { readHello, sendReply } from '../node/tunnel-hello.js';
import type { LoginKey } from '../session/login.js';
import type { TransportFile, TransportStatement } from '../sql/transport-statement.js';
import { Tunnel } from '../tunnel/tunnel.js';
import { makeBlock } from './block.js';
import { blockFacts } from './block-facts.js';
import type { TallyOf } from './csv-tally.js';
import { serveFastSession } from './fast-session.js';
import { Transfers } from './transfers.js';

export interface FastNodeOptions {
  readonly host: string;
  readonly hosts: readonly string[];
  readonly port: number;
  readonly password: string;
  readonly loginKey: LoginKey;
  readonly certificate: { readonly certificate: string; readonly key: string };
  readonly blockRows: number;
  readonly columns: number;
  /** Blocks of one EXPORT, over all files. */
  readonly blocks: number;
}

interface TransferTask {
  readonly kind: 'transfer';
  readonly file: TransportFile;
  readonly direction: 'export' | 'import';
  readonly times: number;
  /** Begins with the names of the columns. */
  readonly names: boolean;
  /** Of an IMPORT. */
  readonly tally: TallyOf;
}

/** What nodes ask of each other: to move a file, or how many tunnels are open. */
type Task = TransferTask | { readonly kind: 'tunnels' };

/** A count of rows, bytes or tunnels, and the sum of values where it was asked for. */
interface Answer {
  readonly count: number;
  readonly sum: number;
}

function serve(options: FastNodeOptions): void {
  const block = makeBlock(options.blockRows, options.columns);
  const transfers = new Transfers(block);
  const tunnels = new Map<string, Tunnel>();
  let port = options.port;
  const http = createHttpServer();
  const websockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const context = createSecureContext({
    cert: options.certificate.certificate,
    key: options.certificate.key,
  });
  const run = async (task: Task): Promise<Answer> => {
    if (task.kind === 'tunnels') return { count: tunnels.size, sum: 0 };
    const { file, direction, times, names, tally } = task;
    const tunnel = tunnels.get(file.address);
    if (tunnel === undefined) throw new Error(`ETL-5106: no tunnel ${file.address}`);
    if (direction === 'export')
      return { count: await transfers.put(tunnel, file, times, names), sum: 0 };
    const { count, sum } = await transfers.get(tunnel, file, tally);
    return { count, sum };
  };
  const transport = async (statement: TransportStatement): Promise<Answer> => {
    const blocks = blocksOf(statement, options);
    const tasks = statement.files.map((file, index) => ({
      kind: 'transfer' as const,
      file,
      tally: tallyOf(statement),
      direction: statement.direction,
      names: statement.csv.withColumnNames,
      times: share(blocks, statement.files.length, index),
    }));
    const answers = await Promise.all(
      tasks.map((task) => ask(task.file.address.split(':')[0] ?? '', port, task)),
    );
    return total(answers);
  };
  const openTunnels = async (): Promise<number> => {
    const counts = await Promise.all(
      options.hosts.map((host) => ask(host, port, { kind: 'tunnels' })),
    );
    return total(counts).count;
  };
  http.on('upgrade', (request, socket, head) =>
    websockets.handleUpgrade(request, socket, head, (websocket) =>
      serveFastSession(websocket, {
        ...options,
        id: 1_800_000_000_000_000_001n,
        columns: block.columns,
        transport,
        openTunnels,
      }),
    ),
  );
  const startHttp = (socket: Socket): void => {
    socket.on('error', () => undefined);
    http.emit('connection', socket);
    socket.resume();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    sniff(socket, (greeting) => {
      const secure = { isServer: true, secureContext: context };
      if (greeting === 'tls') startHttp(new TLSSocket(socket, secure));
      else if (greeting === 'http') startHttp(socket);
      else if (greeting === 'tunnel') void openTunnel(socket, options.host, tunnels);
      else void servePeer(socket, run);
    });
  });
  server.listen(options.port, options.host, () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
    process.send?.({
      port,
      block: blockFacts(block),
    });
  });
  server.on('error', (error: NodeJS.ErrnoException) => process.send?.({ error: error.code }));
}

function total(answers: readonly Answer[]): Answer {
  return {
    count: answers.reduce((all, { count }) => all + count, 0),
    sum: answers.reduce((all, { sum }) => all + sum, 0) % 2 ** 32,
  };
}

/** `rows_1000` asks for so many rows. */
function blocksOf({ table, query }: TransportStatement, options: FastNodeOptions): number {
  const rows = /\brows_(\d+)/i.exec(query ?? table)?.[1];
  return rows === undefined ? options.blocks : Math.ceil(Number(rows) / options.blockRows);
}

/** By the name of the table that rows go into. */
function tallyOf({ table }: TransportStatement): TallyOf {
  const [name] = /(?:bytes|values)$/i.exec(table) ?? [];
  return (name?.toLowerCase() as TallyOf | undefined) ?? 'rows';
}

const share = (blocks: number, files: number, index: number): number =>
  Math.floor(blocks / files) + (index < blocks % files ? 1 : 0);

let tunnelPort = 20_000;

async function openTunnel(
  socket: Socket,
  host: string,
  tunnels: Map<string, Tunnel>,
): Promise<void> {
  if (!(await readHello(socket))) return void socket.destroy();
  tunnelPort += 1;
  const address = `${host}:${tunnelPort}`;
  tunnels.set(address, new Tunnel(address, socket));
  socket.once('close', () => tunnels.delete(address));
  await sendReply(socket, address, noFaults().tunnelReply);
}

/** Nodes ask each other over the same port: a line of JSON behind an `N`, and one for an answer. */
async function servePeer(socket: Socket, run: (task: Task) => Promise<Answer>): Promise<void> {
  for await (const line of createInterface({ input: socket })) {
    const answer = await run(JSON.parse(line.slice(1)) as Task).catch((error: Error) => ({
      error: error.message,
    }));
    socket.end(`${JSON.stringify(answer)}\n`);
  }
}

async function ask(host: string, port: number, task: Task): Promise<Answer> {
  const socket = connect(port, host);
  socket.write(`N${JSON.stringify(task)}\n`);
  for await (const line of createInterface({ input: socket })) {
    const answer = JSON.parse(line) as Answer | { readonly error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }
  throw new Error('the other node is gone');
}

process.once('disconnect', () => process.exit());
process.once('message', (options) => serve(options as FastNodeOptions));
