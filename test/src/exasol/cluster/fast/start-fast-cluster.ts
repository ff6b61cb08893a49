/** Nodes as processes of their own, which serve prebuilt bytes and drop what they get: for benchmarks, without PostgreSQL. */
import { type ChildProcess, fork } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { authority, serverCertificate } from '../../../support/certificates.js';
import { makeLoginKey } from '../session/login.js';
import type { BlockFacts } from './block-facts.js';
import type { FastNodeOptions } from './fast-node.js';

export interface FastClusterOptions {
  /** How many processes. */
  readonly nodes: number;
  /**
   * Rows of an EXPORT, over all files; rounded up to whole blocks of 8,192. A statement that names a table `rows_<n>` asks for others.
   */
  readonly rows: number;
  /** 1 to 10; default 10, of mixed types. */
  readonly columns?: number;
}

export interface FastCluster extends AsyncDisposable {
  readonly dsn: string;
  readonly hosts: readonly string[];
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly fingerprint: string;
  readonly authority: string;
  /** Of an EXPORT: rows, and bytes of CSV, over all files. */
  readonly rows: number;
  readonly bytes: number;
  /** Of one block: an EXPORT's files are whole blocks, as many in each as in any other or one more. */
  readonly block: BlockFacts;
  stop(): Promise<void>;
}

const BLOCK_ROWS = 8_192;

/** The built file: a process cannot be started from the source. */
const NODE = fileURLToPath(
  new URL('../../../../dist/exasol/cluster/fast/fast-node.js', import.meta.url),
);

export async function startFastCluster(options: FastClusterOptions): Promise<FastCluster> {
  const hosts = Array.from({ length: options.nodes }, (_, index) => `127.0.0.${index + 1}`);
  const blocks = Math.ceil(options.rows / BLOCK_ROWS);
  const issuer = authority('Simulated Exasol');
  const { certificate, key } = serverCertificate(issuer, ['localhost', ...hosts]);
  const shared = {
    hosts,
    blocks,
    password: 'exasol',
    loginKey: makeLoginKey(),
    certificate: { certificate, key },
    blockRows: BLOCK_ROWS,
    columns: options.columns ?? 10,
  };
  const processes: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.splice(0).map(end));
  };
  try {
    let port = 0;
    let block: BlockFacts | undefined;
    for (const host of hosts) {
      const node = fork(NODE, { stdio: 'inherit' });
      processes.push(node);
      ({ port, block } = await start(node, { ...shared, host, port }));
    }
    if (block === undefined) throw new RangeError('a cluster has a node at least');
    const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(':', '');
    return {
      dsn: `127.0.0.1${hosts.length > 1 ? `..${hosts.length}` : ''}/${fingerprint}:${port}`,
      hosts,
      port,
      user: 'sys',
      password: shared.password,
      fingerprint,
      authority: issuer.certificate,
      rows: blocks * BLOCK_ROWS,
      bytes: blocks * block.bytes,
      block,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  node: ChildProcess,
  options: FastNodeOptions,
): Promise<{ port: number; block: BlockFacts }> {
  node.send(options);
  const [answer] = (await once(node, 'message')) as [
    { port: number; block: BlockFacts; error?: string },
  ];
  if (answer.error !== undefined) throw new Error(`node ${options.host}: ${answer.error}`);
  return answer;
}

async function end(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return;
  const ended = once(node, 'exit');
  node.disconnect();
  await ended;
}
