/**
 * JSON whose integers may be longer than JavaScript's numbers hold: session ids, DECIMAL(18,0). `JSON.parse` would round
 * them without a word.
 */

/** Integers of sixteen digits and more, where a value may stand. Whether that is inside a string is not known yet. */
const LONG_INTEGER = /[[,:]\s*(-?\d{16,})(?=\s*[,\]}])/g;

/**
 * Parses JSON text. Integers of 16 or more digits come as strings of their digits; which of the strings are numbers is known by the
 * column's type, or by the field's name. Costs one search more than `JSON.parse` where there are none.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseLossless(text: string): unknown {
  return JSON.parse(quoteLongIntegers(text));
}

/** The same text with integers of 16 and more digits in quotes. Strings stay as they are, whatever digits they hold. */
export function quoteLongIntegers(text: string): string {
  LONG_INTEGER.lastIndex = 0;
  let match = LONG_INTEGER.exec(text);
  if (match === null) {
    return text;
  }
  const parts: string[] = [];
  let copied = 0;
  // The next string at or after what is known to be outside of strings.
  let quote = text.indexOf('"');
  while (match !== null) {
    const digits = match[1] as string;
    const end = match.index + match[0].length;
    const start = end - digits.length;
    let inside = false;
    while (quote !== -1 && quote < start) {
      const close = closingQuote(text, quote);
      inside = close > start;
      quote = text.indexOf('"', close + 1);
      if (inside) {
        LONG_INTEGER.lastIndex = close + 1;
        break;
      }
    }
    if (!inside) {
      parts.push(text.slice(copied, start), '"', digits, '"');
      copied = end;
    }
    match = LONG_INTEGER.exec(text);
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
