/**
 * CSV of Exasol's dialect as rows, from pieces of text cut anywhere. A record that begins with `#` is a comment; `SKIP` counts
 * row separators even inside quotes; blanks around a field are cut by TRIM; the last row needs no separator.
 */
import type { CsvOptions } from './csv-options.js';

export interface CsvField {
  readonly text: string;
  readonly delimited: boolean;
}

export class CsvReader {
  readonly #options: CsvOptions;
  #text = '';
  #skip: number;
  /** Where the separators come next; kept, or a file of one column would be searched to its end for each row. */
  #nextColumn = -1;
  #nextRow = -1;
  /** Rows read so far, without comments and skipped ones. */
  rows = 0;

  constructor(options: CsvOptions) {
    this.#options = options;
    this.#skip = options.skip;
  }

  /** The rows that are complete now. */
  push(text: string): CsvField[][] {
    this.#text += text;
    return this.#read(false);
  }

  /** The last row, where no separator ended it. */
  end(): CsvField[][] {
    return this.#text === '' ? [] : this.#read(true);
  }

  #read(last: boolean): CsvField[][] {
    this.#nextColumn = -1;
    this.#nextRow = -1;
    const rows: CsvField[][] = [];
    let at = this.#skipLines(last);
    while (at < this.#text.length) {
      const found = this.#row(at, last);
      if (found === undefined) break;
      at = found.next;
      if (found.fields !== undefined) rows.push(found.fields);
    }
    this.#text = this.#text.slice(at);
    this.rows += rows.length;
    return rows;
  }

  #skipLines(last: boolean): number {
    let at = 0;
    const { rowSeparator } = this.#options;
    while (this.#skip > 0) {
      const end = this.#text.indexOf(rowSeparator, at);
      if (end < 0) return last ? this.#text.length : at;
      at = end + rowSeparator.length;
      this.#skip -= 1;
    }
    return at;
  }

  /** undefined when the row is not complete yet. */
  #row(start: number, last: boolean): { fields?: CsvField[]; next: number } | undefined {
    const text = this.#text;
    const { rowSeparator, columnSeparator } = this.#options;
    if (text[start] === '#') {
      const end = text.indexOf(rowSeparator, start);
      if (end < 0) return last ? { next: text.length } : undefined;
      return { next: end + rowSeparator.length };
    }
    const fields: CsvField[] = [];
    let at = start;
    for (;;) {
      const field = this.#field(at, last);
      if (field === undefined) return undefined;
      fields.push(field.value);
      at = field.end;
      if (at >= text.length) return last ? { fields, next: at } : undefined;
      if (text.startsWith(rowSeparator, at)) return { fields, next: at + rowSeparator.length };
      at += columnSeparator.length;
    }
  }

  #field(start: number, last: boolean): { value: CsvField; end: number } | undefined {
    const quote = this.#options.columnDelimiter;
    const at = this.#leadingBlanks(start);
    if (quote !== '' && this.#text.startsWith(quote, at)) return this.#delimited(at, last);
    const end = this.#fieldEnd(start);
    // A separator of several characters may be cut in two.
    if (end === this.#text.length && !last) return undefined;
    return { value: { text: this.#trimmed(this.#text.slice(start, end)), delimited: false }, end };
  }

  #delimited(start: number, last: boolean): { value: CsvField; end: number } | undefined {
    const quote = this.#options.columnDelimiter;
    let value = '';
    let at = start + quote.length;
    for (;;) {
      const close = this.#text.indexOf(quote, at);
      if (close < 0) {
        if (!last) return undefined;
        return {
          value: { text: value + this.#text.slice(at), delimited: true },
          end: this.#text.length,
        };
      }
      value += this.#text.slice(at, close);
      at = close + quote.length;
      if (at >= this.#text.length && !last) return undefined;
      if (!this.#text.startsWith(quote, at)) break;
      value += quote;
      at += quote.length;
    }
    const end = this.#fieldEnd(at);
    if (end === this.#text.length && !last) return undefined;
    return { value: { text: value, delimited: true }, end };
  }

  #fieldEnd(from: number): number {
    const { columnSeparator, rowSeparator } = this.#options;
    if (this.#nextColumn < from) this.#nextColumn = this.#find(columnSeparator, from);
    if (this.#nextRow < from) this.#nextRow = this.#find(rowSeparator, from);
    return Math.min(this.#nextColumn, this.#nextRow);
  }

  #find(separator: string, from: number): number {
    const at = this.#text.indexOf(separator, from);
    return at < 0 ? this.#text.length : at;
  }

  #leadingBlanks(start: number): number {
    let at = start;
    if (this.#options.trim === 'TRIM' || this.#options.trim === 'LTRIM')
      while (this.#text[at] === ' ') at += 1;
    return at;
  }

  #trimmed(text: string): string {
    const { trim } = this.#options;
    let value = text;
    if (trim === 'TRIM' || trim === 'LTRIM') value = value.replace(/^ +/, '');
    if (trim === 'TRIM' || trim === 'RTRIM') value = value.replace(/ +$/, '');
    return value;
  }
}
