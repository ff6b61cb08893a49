/**
 * Answers as tables with bars, for a terminal or a plain log. Colour and box characters only where the output is a
 * terminal and NO_COLOR is not set: elsewhere the same table in ASCII.
 */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { AnswerRow, Question } from './questions.js';

const BAR_CELLS = 16;
const integers: Intl.NumberFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const decimals: Intl.NumberFormat = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** Thousands separated by commas, no decimals. */
export function formatCount(count: number): string {
  return integers.format(count);
}

/** `12 ms`, `1.24 s`, `2 min 05 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `44.5 MB`, of a million bytes each. */
export function formatMegabytes(bytes: number): string {
  return `${decimals.format(bytes / 1e6)} MB`;
}

/** How tables are drawn. */
export interface TableStyle {
  /** Colours and box characters; default: only on a terminal without NO_COLOR. */
  readonly fancy: boolean;
}

/** The style for what the process writes to standard output. */
export function outputStyle(): TableStyle {
  return { fancy: process.stdout.isTTY === true && !process.env.NO_COLOR };
}

/** The answer to a question: its columns, and a bar for the one that ranks it, in proportion to the highest. */
export function renderAnswer(
  question: Question,
  rows: readonly AnswerRow[],
  style: TableStyle,
): string {
  const names = Object.keys(rows[0] ?? {});
  const highest = Math.max(...rows.map((row) => Number(row[question.rankedBy])), 0);
  const table = newTable(
    [...names, ''],
    names.map((name) => typeof rows[0]?.[name] === 'number'),
    style,
  );
  for (const row of rows) {
    const cells = names.map((name) => formatValue(row[name], question.units?.[name]));
    table.push([...cells, bar(Number(row[question.rankedBy]), highest, style)]);
  }
  return table.toString();
}

/** A table of texts; `numeric` says which columns are set flush right. */
export function renderTable(
  head: readonly string[],
  numeric: readonly boolean[],
  rows: readonly (readonly string[])[],
  style: TableStyle,
): string {
  const table = newTable(head, numeric, style);
  for (const row of rows) table.push([...row]);
  return table.toString();
}

function newTable(
  head: readonly string[],
  numeric: readonly boolean[],
  style: TableStyle,
): InstanceType<typeof Table> {
  const colours = pc.createColors(style.fancy);
  return new Table({
    head: head.map((name) => colours.bold(name)),
    colAligns: head.map((_, column) => (numeric[column] === true ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    ...(style.fancy ? {} : { chars: ASCII_BORDERS }),
  });
}

/** Columns apart by two blanks, and one line under the head. */
const ASCII_BORDERS: Readonly<Record<string, string>> = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  right: '',
  'right-mid': '',
  mid: '-',
  'mid-mid': '-',
  middle: ' ',
};

function formatValue(value: unknown, unit: 'percent' | 'minutes' | 'miles' | undefined): string {
  if (typeof value !== 'number') return String(value ?? '');
  if (unit === 'percent') return `${decimals.format(value)} %`;
  if (unit === 'minutes') return `${decimals.format(value)} min`;
  return unit === 'miles' ? `${integers.format(value)} mi` : integers.format(value);
}

function bar(value: number, highest: number, style: TableStyle): string {
  const share = highest > 0 ? Math.max(0, value / highest) : 0;
  if (!style.fancy) return '#'.repeat(Math.round(share * BAR_CELLS));
  const eighths = Math.round(share * BAR_CELLS * 8);
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return pc.createColors(true).cyan('█'.repeat(Math.floor(eighths / 8)) + part);
}
