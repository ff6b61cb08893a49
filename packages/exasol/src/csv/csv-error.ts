export interface CsvErrorDetails {
  /** The record's number in its stream, from 1; one of column names counts. */
  readonly row: number;
  /** The column's name, where a value is wrong. */
  readonly column?: string;
  /** The beginning of the value. */
  readonly value?: string;
}

/** CSV that is not what its columns say. The message names row, column and value. */
export class CsvError extends Error {
  readonly row: number;
  readonly column: string | undefined;
  readonly value: string | undefined;

  constructor(message: string, { row, column, value }: CsvErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CsvError';
    this.row = row;
    this.column = column;
    this.value = value;
  }
}
