/**
 * JSON whose integers may be longer than JavaScript's numbers hold: session ids, DECIMAL(18,0). `JSON.parse` would round
 * them without a word.
 */

/** Where a long integer may be, in a string or not. */
const MANY_DIGITS = /\d{16}/g;

/** A long integer outside of strings, with what must stand before it. Digits of a fraction or an exponent are none. */
const LONG_INTEGER = /([[,:]\s*)(-?\d{16,})(?=[\s,\]}])/g;

/**
 * Parses JSON text. Integers of 16 or more digits come as strings of their digits; which of the strings are numbers is known by the
 * column's type, or by the field's name. Costs one search more than `JSON.parse` where there are none.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseLossless(text: string): unknown {
  return JSON.parse(quoteLongIntegers(text));
}

/**
 * The same text with integers of 16 and more digits in quotes. Strings stay as they are, whatever digits they hold: where there are
 * many digits the strings before them are walked over, and what lies between two strings is replaced as a whole.
 */
export function quoteLongIntegers(text: string): string {
  MANY_DIGITS.lastIndex = 0;
  let found = MANY_DIGITS.exec(text);
  if (found === null) {
    return text;
  }
  const parts: string[] = [];
  let copied = 0;
  /** End of the last string that was walked over, and begin of the next. */
  let outside = 0;
  let quote = text.indexOf('"');
  while (found !== null) {
    while (quote !== -1 && quote < found.index) {
      outside = closingQuote(text, quote) + 1;
      quote = text.indexOf('"', outside);
    }
    if (found.index >= outside) {
      const end = quote === -1 ? text.length : quote;
      parts.push(
        text.slice(copied, outside),
        text.slice(outside, end).replace(LONG_INTEGER, '$1"$2"'),
      );
      copied = end;
      outside = end;
    }
    MANY_DIGITS.lastIndex = outside;
    found = MANY_DIGITS.exec(text);
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

/** Where the string that opens at `open` closes; the text's end if it does not. */
function closingQuote(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === 0x5c) {
      backslashes++;
    }
    if (backslashes % 2 === 0) {
      return close;
    }
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}

type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** JSON text of plain data in which integers may be bigints. Properties that are undefined are left out. */
export function writeLossless(value: Json): string {
  if (typeof value === 'bigint') {
    return value.toString();
  }
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${(value as readonly Json[]).map(writeLossless).join(',')}]`;
  }
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) {
      members.push(`${JSON.stringify(name)}:${writeLossless(member)}`);
    }
  }
  return `{${members.join(',')}}`;
}

export type { Json };
