/** Rows as CSV of Exasol's dialect. */

import type { CsvOptions } from './csv-options.js';
import { encoderOf } from './encodings.js';

/** A value is undefined for NULL. */
export type CsvRow = readonly (string | undefined)[];

export function csvWriter(options: CsvOptions): (row: CsvRow) => Buffer {
  const encode = encoderOf(options.encoding);
  const field = fieldWriter(options);
  return (row) => encode(row.map(field).join(options.columnSeparator) + options.rowSeparator);
}

function fieldWriter(options: CsvOptions): (value: string | undefined) => string {
  const { columnDelimiter: quote, nullText, delimit, columnSeparator } = options;
  const special = [
    columnSeparator,
    quote,
    '\n',
    '\r',
    ' ',
    '#',
    ...(nullText === '' ? [] : [nullText]),
  ].filter((text) => text !== '');
  const quoted = (value: string): string =>
    quote + (quote === '' ? value : value.replaceAll(quote, quote + quote)) + quote;
  return (value) => {
    if (value === undefined) return nullText;
    if (delimit === 'NEVER') return value;
    return delimit === 'ALWAYS' || special.some((text) => value.includes(text))
      ? quoted(value)
      : value;
  };
}
