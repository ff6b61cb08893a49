/**
 * Comma-separated values as `COPY … (format csv, header)` writes them (PostgreSQL documentation, COPY, "CSV Format"): NULL
 * is nothing, an empty text is `""`.
 */

/** One line, with its end. */
export function csvLine(cells: readonly (string | null)[]): string {
  // Alone on its line it would be the end of the data for COPY.
  if (cells.length === 1 && cells[0] === '\\.') return '"\\."\n';
  return `${cells.map(csvCell).join(',')}\n`;
}

function csvCell(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
