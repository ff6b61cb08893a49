/**
 * The judge pyexasol, from the folder of its public source that `MILLRACE_PYEXASOL` names, run by Debian's python3 with
 * the packages that it imports. Nothing of it is copied.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExasolCluster } from '../cluster/start-exasol-cluster.js';

const PYTHON = '/usr/bin/python3';
const IMPORTS = 'import websocket, packaging, cryptography, pandas, rsa, pytest';

/** Why pyexasol cannot be run here; undefined when it can. */
export function whyNoPyexasol(): string | undefined {
  const folder = process.env.MILLRACE_PYEXASOL;
  if (folder === undefined) return 'MILLRACE_PYEXASOL names no folder with the source of pyexasol';
  if (!existsSync(join(folder, 'pyexasol/http_transport.py'))) return `no pyexasol in ${folder}`;
  if (!existsSync(PYTHON)) return `no ${PYTHON}`;
  const imported = spawnSync(PYTHON, ['-c', IMPORTS], { encoding: 'utf8' });
  return imported.status === 0
    ? undefined
    : `${PYTHON}: ${imported.stderr.trim().split('\n').at(-1)}`;
}

export interface PythonEnd {
  readonly code: number | null;
  readonly output: string;
}

export interface Python extends AsyncDisposable {
  readonly version: string;
  /** Runs python3 in pyexasol's folder, with the cluster in EXAHOST, EXAUID and EXAPWD; a run that hangs is killed. */
  run(args: readonly string[], cluster: ExasolCluster): Promise<PythonEnd>;
}

const HANG_MS = 50_000;

/** pyexasol asks for its own version as an installed package has it: a folder that says so comes first in the path. */
export async function startPython(): Promise<Python> {
  const source = process.env.MILLRACE_PYEXASOL ?? '';
  const project = await readFile(join(source, 'pyproject.toml'), 'utf8');
  const version = /^version = "(.+)"$/m.exec(project)?.[1] ?? '0';
  const folder = await mkdtemp(join(tmpdir(), 'millrace-judge-'));
  const info = join(folder, `pyexasol-${version}.dist-info`);
  await mkdir(info);
  await writeFile(
    join(info, 'METADATA'),
    `Metadata-Version: 2.1\nName: pyexasol\nVersion: ${version}\n`,
  );
  const plugins = fileURLToPath(new URL('../../../src/exasol/judges', import.meta.url));
  return {
    version,
    run: (args, cluster) =>
      runPython(args, source, {
        PYTHONPATH: [folder, source, plugins].join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
        EXAHOST: cluster.dsn,
        EXAUID: cluster.user,
        EXAPWD: cluster.password,
        EXAPORT: String(cluster.port),
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function runPython(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<PythonEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(PYTHON, ['-W', 'ignore', ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: 'pipe',
    });
    let output = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      output += text.toString();
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), HANG_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
