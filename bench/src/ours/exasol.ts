import { devNull } from 'node:os';
import type { Batch } from '@millrace/batch';
import { connectExasol, type ExasolConnection, type TransferResult } from '@millrace/engine';
import { touchColumns } from '../checksum/column-touch.js';
import { batchViews } from '../checksum/column-view.js';
import { valueSum } from '../dataset/exasol-values.js';
import type { ExasolJob, ExasolMoved } from '../end-to-end/exasol-jobs.js';
import type { FastCluster } from '../servers/fast-cluster.js';

/** Connects, over TLS: what a job's `wire` says is about its tunnels. */
export function connectFast({ dsn, user, password }: FastCluster): Promise<ExasolConnection> {
  return connectExasol({ dsn, user, password });
}

/** Gets a job's call ready: memory that it reads from is there before the clock starts. */
export async function prepare(
  exa: ExasolConnection,
  { block }: FastCluster,
  job: ExasolJob,
): Promise<() => Promise<ExasolMoved>> {
  if (job.end !== 'import-batches') return () => move(exa, job);
  const batches: Batch[] = [];
  for await (const batch of exa.stream(`rows_${block.rows}`, { workers: 1 }))
    batches.push(batch.retain());
  return () => importBatches(exa, batches, job);
}

async function move(exa: ExasolConnection, job: ExasolJob): Promise<ExasolMoved> {
  const { end, tunnels, folder, rows } = job;
  const shared = { workers: tunnels, ...wireOptions(job) };
  const from = `rows_${rows}`;
  switch (end) {
    case 'drop': {
      const to = Array.from({ length: tunnels }, () => devNull);
      return moved(await exa.exportParallel({ from, to, ...shared }));
    }
    case 'module':
      return moved(
        await exa.exportParallel({
          from,
          to: new URL('./exasol-drop.js', import.meta.url),
          ...shared,
        }),
      );
    case 'function':
      return dropHere(exa, job);
    case 'files':
      return moved(await exa.exportParallel({ from, to: `${folder}/part-%d.csv`, ...shared }));
    case 'import-files': {
      const into = job.purpose === 'verify' ? 'values' : 'bytes';
      const result = await exa.importParallel({
        into,
        from: `${folder}/part-%d.csv`,
        ...shared,
      });
      return imported(exa, result, job);
    }
    default:
      return readBatches(exa, job);
  }
}

async function dropHere(exa: ExasolConnection, job: ExasolJob): Promise<ExasolMoved> {
  let bytes = 0;
  const { rowCount } = await exa.exportParallel({
    from: `rows_${job.rows}`,
    to: async (stream) => {
      for await (const piece of stream) bytes += piece.length;
    },
    workers: job.tunnels,
    ...wireOptions(job),
  });
  return { rows: rowCount, bytes };
}

async function readBatches(exa: ExasolConnection, job: ExasolJob): Promise<ExasolMoved> {
  let rows = 0;
  let sum = 0;
  const options = { workers: job.tunnels, ...wireOptions(job) };
  for await (const batch of exa.stream(`rows_${job.rows}`, options)) {
    rows += batch.rowCount;
    if (job.purpose === 'verify') sum = (sum + valueSum(batch)) % 2 ** 32;
    else touchColumns(batchViews(batch));
  }
  return { rows, ...(job.purpose === 'verify' && { valueSum: sum }) };
}

async function importBatches(
  exa: ExasolConnection,
  block: readonly Batch[],
  job: ExasolJob,
): Promise<ExasolMoved> {
  const blockRows = block.reduce((sum, batch) => sum + batch.rowCount, 0);
  const repeated = function* (): Generator<Batch, void, undefined> {
    for (let rows = 0; rows < job.rows; rows += blockRows) yield* block;
  };
  const result = await exa.importParallel({
    into: job.purpose === 'verify' ? 'values' : 'rows',
    from: repeated(),
    workers: job.tunnels,
    ...wireOptions(job),
  });
  return imported(exa, result, job);
}

function wireOptions({ wire }: ExasolJob): { encryption: boolean; compression: boolean } {
  return { encryption: wire === 'tls', compression: wire === 'gzip' };
}

function moved({ rowCount, workers }: TransferResult): ExasolMoved {
  return { rows: rowCount, bytes: workers.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Of files a node counts bytes, or rows where it looks at every value; its target's name says which. */
async function imported(
  exa: ExasolConnection,
  { rowCount }: TransferResult,
  { purpose, end }: ExasolJob,
): Promise<ExasolMoved> {
  if (purpose === 'verify')
    return { rows: rowCount, valueSum: (await exa.execute('SHOW SUM')).rowCount };
  return end === 'import-files' ? { bytes: rowCount } : { rows: rowCount };
}
