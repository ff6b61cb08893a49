import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { runInChild } from '../harness/child-process.js';
import type { Measurement } from '../harness/measure.js';
import type { Pyexasol } from '../peers/pyexasol.js';
import type { FastBlock, FastCluster } from '../servers/fast-cluster.js';
import type { ExasolJob, ExasolMoved, ExasolRunInput } from './exasol-jobs.js';
import type { ExasolRunResult } from './exasol-run.js';

/** What a run costs. */
export interface ExasolOutcome {
  readonly wallMs: number;
  /** Of a process of ours. */
  readonly measured?: Measurement;
  /** Of pyexasol in parallel: until all tunnels had addresses. */
  readonly setupMs?: number;
}

/** Where runs take place. */
export interface ExasolPlace {
  readonly cluster: FastCluster;
  readonly folder: string;
  readonly pyexasol: Pyexasol | undefined;
  readonly timeoutMs: number;
}

const ourModule = new URL('./exasol-run.js', import.meta.url).href;
const floorModule = new URL('./exasol-floor-run.js', import.meta.url).href;

type JobWithoutFolder = Omit<ExasolJob, 'folder'>;

/** Runs one job, and looks at what came of it when the clock has stopped. @throws when that is not what it should be */
export async function runJob(
  actor: string,
  { end, tunnels, wire, rows, purpose }: JobWithoutFolder,
  place: ExasolPlace,
): Promise<ExasolOutcome> {
  const { cluster } = place;
  const importing = end === 'import-files';
  const folder = join(place.folder, importing ? 'sources' : 'sinks');
  await mkdir(folder, { recursive: true });
  const job: ExasolJob = { end, tunnels, wire, rows, purpose, folder };
  const { moved, ...outcome } = await (actor === 'pyexasol'
    ? runPyexasol(job, place)
    : runOurs(actor === 'floor' ? floorModule : ourModule, job, place));
  const wrong = [
    ...difference(moved, job, cluster.block),
    ...(end === 'files' ? await filesDifference(job, cluster.block) : []),
  ];
  if (!importing) await rm(folder, { recursive: true });
  if (wrong.length > 0) {
    throw new Error(`${end} ${tunnels} ${wire}, ${actor} (${purpose}): ${wrong.join('; ')}`);
  }
  return outcome;
}

/** The files that an IMPORT from files reads: an EXPORT's, looked at before they are used. */
export async function writeSources(
  { end, tunnels }: Pick<ExasolJob, 'end' | 'tunnels'>,
  rows: number,
  place: ExasolPlace,
): Promise<void> {
  if (end !== 'import-files') return;
  const folder = join(place.folder, 'sources');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const job = { end: 'files', tunnels, wire: 'plain', rows, folder, purpose: 'verify' } as const;
  await runOurs(ourModule, job, place);
  const wrong = await filesDifference(job, place.cluster.block);
  if (wrong.length > 0) throw new Error(`the sources: ${wrong.join('; ')}`);
}

type Outcome = ExasolOutcome & { readonly moved: ExasolMoved };

async function runOurs(
  module: string,
  job: ExasolJob,
  { cluster, timeoutMs }: ExasolPlace,
): Promise<Outcome> {
  const { moved, ...measured } = await runInChild<ExasolRunInput, ExasolRunResult>(
    module,
    { cluster, job },
    timeoutMs,
  );
  return { wallMs: measured.wallMs, measured, moved };
}

async function runPyexasol(
  job: ExasolJob,
  { cluster, pyexasol, timeoutMs }: ExasolPlace,
): Promise<Outcome> {
  if (pyexasol === undefined) throw new Error('pyexasol is missing');
  const { count, sum, rows, wallMs, setupMs } = await pyexasol.run(cluster, job, timeoutMs);
  const timing = { wallMs, ...(setupMs !== undefined && { setupMs }) };
  if (job.end === 'files') return { ...timing, moved: { rows: count } };
  if (job.end === 'batches') return { ...timing, moved: { rows } };
  if (job.purpose === 'verify') return { ...timing, moved: { rows: count, valueSum: sum } };
  return { ...timing, moved: job.end === 'import-files' ? { bytes: count } : { rows: count } };
}

/** Rows, bytes and values, where they are known, are those of as many blocks. */
function difference(moved: ExasolMoved, job: ExasolJob, block: FastBlock): string[] {
  const blocks = job.rows / block.rows;
  const wrong: string[] = [];
  const expect = (what: string, found: number | undefined, wanted: number): void => {
    if (found !== undefined && found !== wanted) wrong.push(`${found} ${what} of ${wanted}`);
  };
  expect('rows', moved.rows, job.rows);
  // A product of two numbers below 2^32 may be beyond 2^53.
  expect(
    'as the sum of values',
    moved.valueSum,
    Number((BigInt(blocks) * BigInt(block.valueSum)) % 2n ** 32n),
  );
  expect('bytes', moved.bytes, blocks * block.bytes);
  if (moved.rows === undefined && moved.bytes === undefined) {
    wrong.push('nothing is known of what was moved');
  }
  return wrong;
}

/** Whole blocks in each file, as many as asked for in all; every byte is looked at to verify. */
async function filesDifference(
  { folder, tunnels, rows, purpose }: ExasolJob,
  block: FastBlock,
): Promise<string[]> {
  const paths = Array.from({ length: tunnels }, (_, index) => join(folder, `part-${index}.csv`));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const wanted = (rows / block.rows) * block.bytes;
  if (bytes !== wanted) return [`${bytes} bytes in files of ${wanted}`];
  if (purpose === 'timed') return [];
  const same = await Promise.all(paths.map((path) => isBlocks(path, block)));
  return paths.filter((_, index) => same[index] !== true).map((path) => `${path} is not blocks`);
}

async function isBlocks(path: string, block: FastBlock): Promise<boolean> {
  const file = await open(path);
  try {
    const memory = Buffer.alloc(block.bytes);
    for (let at = 0; ; at += block.bytes) {
      const { bytesRead } = await file.read(memory, 0, block.bytes, at);
      if (bytesRead === 0) return true;
      // Files of a disk are read as far as asked for, but at their end.
      if (bytesRead < block.bytes || crc32(memory) !== block.crc32) return false;
    }
  } finally {
    await file.close();
  }
}
