/** The form of CSV, by the names and defaults of EXPORT's and IMPORT's options. */
export interface CsvDialect {
  /** One byte: a character, a name (`TAB`, `ESC`, …), or `0x` and two digits. Default `,`. */
  readonly columnSeparator?: string;
  /** One byte, as above, doubled where it stands for itself; the empty text is none. Default `"`. */
  readonly columnDelimiter?: string;
  /** `'LF'` (default), `'CR'` or `'CRLF'`. */
  readonly rowSeparator?: string;
  /** What stands for NULL beside nothing at all, in a field without delimiters. Default: nothing else. */
  readonly null?: string;
  /** UTF-8 (default) and ASCII are read; others are refused. */
  readonly encoding?: string;
}

/** The same in bytes. */
export interface DialectBytes {
  readonly separator: number;
  /** -1: there is none. */
  readonly delimiter: number;
  /** The last byte of the row separator. */
  readonly rowEnd: number;
  /** CR comes before `rowEnd`. */
  readonly crlf: boolean;
  readonly nullText: Uint8Array;
}

const NAMED: Readonly<Record<string, number>> = { NUL: 0, TAB: 9, LF: 10, CR: 13, ESC: 27 };

/**
 * @throws RangeError for separators and delimiters of several bytes, which the database takes and this reader does not, and
 *   for ones that cannot be told from each other
 */
export function dialectBytes(dialect: CsvDialect = {}): DialectBytes {
  const separator = byteOf('columnSeparator', dialect.columnSeparator ?? ',');
  const delimiterText = dialect.columnDelimiter ?? '"';
  const delimiter = delimiterText === '' ? -1 : byteOf('columnDelimiter', delimiterText);
  const { encoding = 'UTF-8' } = dialect;
  if (!/^(utf-?8|(us-?)?ascii)$/i.test(encoding))
    throw new RangeError(`typed columns are UTF-8 or ASCII, not '${encoding}'`);
  const rowSeparator = (dialect.rowSeparator ?? 'LF').toUpperCase();
  if (!['LF', 'CR', 'CRLF'].includes(rowSeparator))
    throw new RangeError(
      `rowSeparator must be 'LF', 'CR' or 'CRLF', not '${dialect.rowSeparator}'`,
    );
  const rowEnd = rowSeparator === 'CR' ? 0x0d : 0x0a;
  if (separator === delimiter || separator === rowEnd || delimiter === rowEnd)
    throw new RangeError('columnSeparator, columnDelimiter and rowSeparator must differ');
  return {
    separator,
    delimiter,
    rowEnd,
    crlf: rowSeparator === 'CRLF',
    nullText: Buffer.from(dialect.null ?? ''),
  };
}

function byteOf(option: string, text: string): number {
  const named = NAMED[text.toUpperCase()];
  if (named !== undefined) return named;
  if (/^0x[0-7][0-9a-f]$/i.test(text)) return Number(text);
  const code = text.charCodeAt(0);
  if (text.length !== 1 || code > 0x7f)
    throw new RangeError(
      `${option} must be one ASCII character for typed columns, not ${JSON.stringify(text)}`,
    );
  return code;
}
