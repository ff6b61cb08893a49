import type { TransferResult } from '@millrace/engine';
import {
  formatCount,
  formatDuration,
  formatMegabytes,
  renderTable,
  type TableStyle,
} from '../tables.js';

/**
 * What a transfer has moved, a line for each stream and one for all. Streams begin and end together, with the statement: their speed is
 * by the time of the whole call.
 *
 * @param rows of each stream
 */
export function renderStreams(
  { workers, bytes, rowCount }: TransferResult,
  rows: readonly number[],
  ms: number,
  style: TableStyle,
): string {
  const speed = (moved: number): string => `${formatMegabytes(moved / (ms / 1000))}/s`;
  const lines = workers.map((worker, index) => [
    `stream ${index}`,
    worker.node,
    formatCount(rows[index] ?? 0),
    formatMegabytes(worker.bytes),
    formatDuration(ms),
    speed(worker.bytes),
  ]);
  const all = [
    'all',
    '',
    formatCount(rowCount),
    formatMegabytes(bytes),
    formatDuration(ms),
    speed(bytes),
  ];
  return renderTable(
    ['', 'node', 'rows', 'CSV', 'time', 'speed'],
    [false, false, true, true, true, true],
    [...lines, all],
    style,
  );
}
