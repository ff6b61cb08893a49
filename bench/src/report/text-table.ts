import type { Bar } from './bar.js';

/** Lines of a table: the first column to the left, the others to the right. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => pad(row[column] ?? '', width, column))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)];
}

/** Lines that say which bars were cleared. */
export function barLines(bars: readonly Bar[]): string[] {
  const rows = bars.map((bar) => [
    bar.pass ? 'PASS' : 'MISS',
    bar.name,
    `${number(bar.value)}${bar.unit}`,
    `${bar.direction} ${number(bar.limit)}${bar.unit}`,
  ]);
  return rows.length === 0
    ? ['No bar applies to these contenders.']
    : textTable(['', 'bar', 'measured', 'asked'], rows);
}

/** A figure with three significant digits, or whole from a hundred on. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
