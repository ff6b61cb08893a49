import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ExasolJob } from '../end-to-end/exasol-jobs.js';
import type { FastCluster } from '../servers/fast-cluster.js';

const run = promisify(execFile);
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('../../src/peers/pyexasol_job.py', import.meta.url));

/** What the script tells of a job. */
export interface PyexasolResult {
  /** The statement's count of rows, or bytes. */
  readonly count: number;
  /** Of values, of an IMPORT. */
  readonly sum: number;
  /** Of data frames, else 0. */
  readonly rows: number;
  readonly wallMs: number;
  /** Until all tunnels had their addresses; of parallel jobs. */
  readonly setupMs?: number;
}

/** pyexasol, run from the folder of its source. Nothing of it is copied. */
export interface Pyexasol {
  readonly version: string;
  run(cluster: FastCluster, job: ExasolJob, timeoutMs: number): Promise<PyexasolResult>;
  close(): Promise<void>;
}

/** Gets it ready, or says why it cannot be run here. */
export async function openPyexasol(): Promise<Pyexasol | { readonly missing: string }> {
  const source = process.env.MILLRACE_PYEXASOL;
  const missing = whyNot(source);
  if (missing !== undefined || source === undefined) return { missing: missing ?? '' };
  const project = await readFile(join(source, 'pyproject.toml'), 'utf8');
  const version = /^version = "(.+)"$/m.exec(project)?.[1] ?? '0';
  // It asks for its own version as an installed package has it.
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pyexasol-'));
  const info = join(folder, `pyexasol-${version}.dist-info`);
  await mkdir(info);
  const metadata = `Metadata-Version: 2.1\nName: pyexasol\nVersion: ${version}\n`;
  await writeFile(join(info, 'METADATA'), metadata);
  const env = {
    ...process.env,
    PYTHONPATH: `${folder}:${source}`,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return {
    version,
    async run({ hosts, port, user, password }, job, timeout) {
      const timed = job.end === 'import-files' ? 'bytes' : 'rows';
      const into = job.purpose === 'verify' ? 'values' : timed;
      const input = JSON.stringify({ ...job, host: hosts[0], port, user, password, into });
      const { stdout } = await run(python, ['-W', 'ignore', script, input], { env, timeout });
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as PyexasolResult;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function whyNot(source: string | undefined): string | undefined {
  if (source === undefined) return 'MILLRACE_PYEXASOL names no folder with its source';
  if (!existsSync(join(source, 'pyexasol/http_transport.py'))) return `it is not in ${source}`;
  if (!existsSync(python)) return `there is no ${python}`;
  const imports = 'import websocket, packaging, cryptography, pandas, rsa';
  const imported = spawnSync(python, ['-c', imports], { encoding: 'utf8' });
  return imported.status === 0
    ? undefined
    : `${python}: ${imported.stderr.trim().split('\n').at(-1)}`;
}
