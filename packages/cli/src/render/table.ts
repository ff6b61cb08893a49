/** Rows as a table for people: boxes and colours on a terminal, plain columns elsewhere. */
import type { FieldDescription } from '@millrace/engine';
import Table from 'cli-table3';
import pc from 'picocolors';
import { printable } from './printable.js';
import { timestampText, valueText } from './value-text.js';

/** Rows laid out together. A longer answer is several tables, each as wide as its own rows need. */
const SECTION_ROWS = 1_000;

/** OIDs of numbers, which are set flush right, and of timestamps (pg_type.dat). */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);
const TIMESTAMPS: ReadonlySet<number> = new Set([1114, 1184]);

/** Columns apart by two blanks, and a line under the head. */
const PLAIN: Readonly<Record<string, string>> = {
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

/** Tables of rows that were asked for with `TEXT_TYPES` in `rowMode: 'array'`, each with its last line's end. */
export function* tables(
  fields: readonly FieldDescription[],
  rows: readonly (readonly unknown[])[],
  { fancy }: { readonly fancy: boolean },
): Generator<string> {
  if (fields.length === 0) return;
  const colours = pc.createColors(fancy);
  const cells = fields.map(({ dataTypeID }) => cellText(dataTypeID, colours.dim('NULL')));
  for (let from = 0; from === 0 || from < rows.length; from += SECTION_ROWS) {
    const table = new Table({
      head: fields.map(({ name }) => colours.bold(printable(name))),
      colAligns: fields.map(({ dataTypeID }) => (NUMBERS.has(dataTypeID) ? 'right' : 'left')),
      style: { head: [], border: [], compact: true },
      ...(fancy ? {} : { chars: PLAIN }),
    });
    for (const row of rows.slice(from, from + SECTION_ROWS)) {
      table.push(row.map((value, column) => cells[column]?.(value) ?? ''));
    }
    yield `${trimLines(table.toString())}\n`;
  }
}

/** What is said under a table: `(10 rows)`, or of a command without rows `UPDATE 10`. */
export function tableFoot(result: {
  readonly fields: readonly unknown[];
  readonly rows: readonly unknown[];
  readonly command: string;
  readonly rowCount: number | null;
}): string {
  const { command, fields, rowCount, rows } = result;
  if (fields.length > 0) return `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})\n`;
  return `${rowCount === null ? command : `${command} ${rowCount}`}\n`;
}

function cellText(oid: number, missing: string): (value: unknown) => string {
  const text = TIMESTAMPS.has(oid)
    ? (value: unknown) => timestampText(valueText(value))
    : valueText;
  return (value) => (value === null ? missing : printable(text(value)).replaceAll('\t', '    '));
}

function trimLines(text: string): string {
  return text.replaceAll(/[ \t]+$/gm, '');
}
