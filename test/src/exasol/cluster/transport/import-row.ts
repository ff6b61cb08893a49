/** From the fields of a CSV row to the values of a table's row. */
import type { CsvOptions } from '../csv/csv-options.js';
import type { CsvField } from '../csv/csv-reader.js';
import type { TransportFile } from '../sql/transport-statement.js';
import { formatReader } from './format-reader.js';

/** A row that cannot be taken; counts against REJECT LIMIT. */
export class RowError extends Error {}

export type MapRow = (fields: readonly CsvField[], row: number) => (string | undefined)[];

/** @param columns how many the table takes */
export function rowMapper(file: TransportFile, columns: number, csv: CsvOptions): MapRow {
  const value = ({ text, delimited }: CsvField): string | undefined =>
    text === '' || (!delimited && text === csv.nullText) ? undefined : text;
  if (file.columns.length === 0) {
    return (fields, row) => {
      if (fields.length !== columns) throw wrongCount(file, row, columns, fields.length);
      return fields.map(value);
    };
  }
  const picks = file.columns.flatMap(({ from, to, format }) => {
    const read = format === undefined ? (text: string) => text : formatReader(format);
    return Array.from({ length: to - from + 1 }, (_, offset) => ({ index: from + offset, read }));
  });
  return (fields, row) =>
    picks.map(({ index, read }) => {
      const field = fields[index];
      if (field === undefined) throw wrongCount(file, row, index + 1, fields.length);
      const text = value(field);
      return text === undefined ? undefined : read(text);
    });
}

const wrongCount = (file: TransportFile, row: number, expected: number, found: number): RowError =>
  new RowError(
    `ETL-2101: Error while parsing row=${row} (starting from 0) [CSV Parser found incorrect number of columns. ` +
      `Expected: [${expected}], found [${found}] columns in file '${file.name}']`,
  );
