/** A simulated cluster with rows in it, and what tests of parallel calls look at. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectExasol, type ExasolConnection, type ExasolConnectOptions } from '@millrace/engine';
import {
  type ExasolCluster,
  type ExasolClusterOptions,
  startExasolCluster,
} from '../cluster/start-exasol-cluster.js';

export interface ParallelDrive {
  readonly cluster: ExasolCluster;
  /** Connects as these tests do; all is closed with the drive. */
  readonly connect: (options?: Partial<ExasolConnectOptions>) => Promise<ExasolConnection>;
  /** A folder of the test's own. */
  readonly folder: () => Promise<string>;
  /** The lines of all files, sorted. */
  readonly lines: (paths: readonly string[]) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** Rows of `DRIVE.FLIGHTS`: an id, a text with separators, quotes and line ends, a decimal that is NULL in every fifth. */
export const ROWS = 50_000;

export async function startDrive(options: ExasolClusterOptions = {}): Promise<ParallelDrive> {
  const cluster = await startExasolCluster({ nodes: 2, ...options });
  const connections: ExasolConnection[] = [];
  const folders: string[] = [];
  const connect: ParallelDrive['connect'] = async (options = {}) => {
    const { dsn, user, password, port } = cluster;
    const plain = options.encryption === false;
    const connection = await connectExasol({
      dsn: plain ? `127.0.0.1..2:${port}` : dsn,
      user,
      password,
      ...options,
    });
    connections.push(connection);
    return connection;
  };
  const setup = await connect();
  await setup.execute('CREATE SCHEMA drive');
  await setup.execute(
    'CREATE TABLE drive.flights (id DECIMAL(18,0), note VARCHAR(100), delay DECIMAL(10,2))',
  );
  await setup.execute(
    'CREATE TABLE drive.target (id DECIMAL(18,0), note VARCHAR(100), delay DECIMAL(10,2))',
  );
  await cluster.query(
    `insert into drive.flights select i, case when i % 7 = 0 then 'a,"b"' || chr(10) || i else 'note ' || i end,
     case when i % 5 = 0 then null else i / 4.0 end from generate_series(1, ${ROWS}) i`,
  );
  return {
    cluster,
    connect,
    folder: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-exasol-'));
      folders.push(folder);
      return folder;
    },
    lines: async (paths) => {
      const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
      return texts.flatMap((text) => text.split('\n').slice(0, -1)).sort();
    },
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await cluster.stop();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    },
  };
}
