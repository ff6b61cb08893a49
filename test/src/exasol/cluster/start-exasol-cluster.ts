/**
 * A simulated Exasol cluster: nodes that speak the WebSocket API and the tunnels of Exasol's parallel HTTP transport, and a
 * PostgreSQL that answers their SQL. It knows the database's side of the wire from public documents and public clients; it
 * is no Exasol, and shares no code with the packages that it tests.
 *
 * ```ts
 * await using cluster = await startExasolCluster({ nodes: 3 });
 * cluster.dsn; // 127.0.0.1..3/0A1B…:41234
 * cluster.faults.death = { at: 'inside-chunk', file: 1, afterBytes: 100_000 };
 * ```
 */
import { X509Certificate } from 'node:crypto';
import { startCluster } from '@millrace/embedded';
import { Client } from 'pg';
import { authority, serverCertificate } from '../../support/certificates.js';
import type { ClusterState, RunningSession } from './cluster-state.js';
import { type Faults, noFaults } from './faults.js';
import { ClusterNode } from './node/cluster-node.js';
import { prepareDatabase } from './postgres/session-database.js';
import { makeLoginKey } from './session/login.js';
import type { Tunnel } from './tunnel/tunnel.js';

export interface ExasolClusterOptions {
  /** How many, on 127.0.0.1, 127.0.0.2, … and all on one port. Default 1. */
  readonly nodes?: number;
  /** Default: a free one. */
  readonly port?: number;
  /** Default `sys`; case does not matter. */
  readonly user?: string;
  /** Default `exasol`. */
  readonly password?: string;
  /** Access and refresh token that logs in. Default: none does. */
  readonly token?: string;
  /** Default `2025.1.11`. Before 8.32.0 PUBLIC KEY is a syntax error, since 2025.1 a tunnel needs it. */
  readonly releaseVersion?: string;
  /** Whether sessions without TLS are taken. Default true. */
  readonly plain?: boolean;
}

export interface ExasolCluster extends AsyncDisposable {
  /** With range, fingerprint and port. */
  readonly dsn: string;
  readonly hosts: readonly string[];
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Upper-case hex of the SHA-256 of the nodes' certificate. */
  readonly fingerprint: string;
  /** PEM of the authority that vouches for the nodes. */
  readonly authority: string;
  /** To be written at any time; holds for what begins after. */
  readonly faults: Faults;
  /** Puts the faults back to none. */
  heal(): void;
  /** Addresses of the tunnels that are open now. */
  openTunnels(): readonly string[];
  /** Numbers of the sessions that are connected now. */
  openSessions(): readonly bigint[];
  /** Asks the PostgreSQL behind, in its own dialect: Exasol's TEST.USERS is `test.users` there. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Closes all nodes and connections, and ends PostgreSQL. */
  stop(): Promise<void>;
}

export async function startExasolCluster(
  options: ExasolClusterOptions = {},
): Promise<ExasolCluster> {
  const count = options.nodes ?? 1;
  const hosts = Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`);
  const postgres = await startCluster({ shards: 1 });
  const admin = new Client({ connectionString: postgres.urls[0] });
  try {
    admin.on('error', () => undefined);
    await admin.connect();
    await prepareDatabase(admin);
    const issuer = authority('Simulated Exasol');
    const certificate = serverCertificate(issuer, ['localhost', ...hosts]);
    const state = makeState(options, hosts, postgres.urls[0] ?? '', admin);
    const makeNodes = (): ClusterNode[] =>
      hosts.map(
        (host) => new ClusterNode(state, { host, certificate, plain: options.plain ?? true }),
      );
    const { nodes, port } = await listenTogether(makeNodes, options.port ?? 0);
    const fingerprint = new X509Certificate(certificate.certificate).fingerprint256.replaceAll(
      ':',
      '',
    );
    const stop = stopper(async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await admin.end().catch(() => undefined);
      await postgres.stop();
    });
    return {
      dsn: `127.0.0.1${count > 1 ? `..${count}` : ''}/${fingerprint}:${port}`,
      hosts,
      port,
      user: state.user,
      password: state.password,
      fingerprint,
      authority: issuer.certificate,
      faults: state.faults,
      heal: () => Object.assign(state.faults, noFaults()),
      // One that was reset under TLS is gone without a word.
      openTunnels: () =>
        [...state.tunnels.values()]
          .filter(({ socket }) => !socket.destroyed)
          .map(({ address }) => address),
      openSessions: () => [...state.sessions.keys()],
      query: async (sql) => (await admin.query<Record<string, unknown>>(sql)).rows,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await admin.end().catch(() => undefined);
    await postgres.stop();
    throw error;
  }
}

function makeState(
  options: ExasolClusterOptions,
  hosts: readonly string[],
  url: string,
  admin: Client,
): ClusterState {
  const sessions = new Map<bigint, RunningSession>();
  return {
    user: options.user ?? 'sys',
    password: options.password ?? 'exasol',
    token: options.token,
    releaseVersion: options.releaseVersion ?? '2025.1.11',
    loginKey: makeLoginKey(),
    faults: noFaults(),
    hosts,
    url,
    admin,
    tunnels: new Map<string, Tunnel>(),
    sessions,
    kill: (id, whole) => {
      sessions.get(id)?.kill(whole);
      return sessions.has(id);
    },
  };
}

const PORT_ATTEMPTS = 10;

/** A port free on the first address may be taken on another; then another is tried. */
async function listenTogether(
  makeNodes: () => ClusterNode[],
  wanted: number,
): Promise<{ nodes: ClusterNode[]; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const nodes = makeNodes();
    try {
      let port = wanted;
      for (const node of nodes) port = await node.listen(port);
      return { nodes, port };
    } catch (error) {
      await Promise.all(nodes.map((node) => node.close()));
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || wanted !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function stopper(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= stop();
    return stopped;
  };
}
