/** The CSV dialect of one EXPORT or IMPORT statement. */
export interface CsvColumn {
  /** From 0. */
  readonly from: number;
  readonly to: number;
  readonly format?: string;
}

export interface CsvOptions {
  readonly encoding: string;
  readonly nullText: string;
  readonly rowSeparator: string;
  readonly columnSeparator: string;
  readonly columnDelimiter: string;
  /** EXPORT. */
  readonly delimit: 'AUTO' | 'ALWAYS' | 'NEVER';
  readonly withColumnNames: boolean;
  /** Words for true and false; EXPORT. */
  readonly booleans: readonly [string, string];
  /** IMPORT. */
  readonly skip: number;
  readonly trim: 'NONE' | 'TRIM' | 'LTRIM' | 'RTRIM';
  readonly rejectLimit: number;
}

export const CSV_DEFAULTS: CsvOptions = {
  encoding: 'UTF8',
  nullText: '',
  rowSeparator: '\n',
  columnSeparator: ',',
  columnDelimiter: '"',
  delimit: 'AUTO',
  withColumnNames: false,
  booleans: ['1', '0'],
  skip: 0,
  trim: 'NONE',
  rejectLimit: 0,
};
