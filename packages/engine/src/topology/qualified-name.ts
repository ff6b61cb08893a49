import { ConfigurationError } from '../errors.js';

/** A relation's name, as a catalog holds it. */
export interface QualifiedName {
  readonly schema: string | undefined;
  readonly name: string;
}

const PART = /"((?:[^"]|"")*)"|([\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*)/uy;

/** A name as PostgreSQL reads it in quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A relation's name as SQL writes it, whatever the search path. */
export function sqlName({ schema, name }: QualifiedName): string {
  return schema === undefined ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
}

/** A name for the relation's row that none of its columns has: a column's would go before it. */
export function freeAlias({ columns }: { readonly columns: readonly { name: string }[] }): string {
  let alias = 'r';
  while (columns.some(({ name }) => name === alias)) alias += 'r';
  return alias;
}

/**
 * Reads a name as SQL does: `flights`, `app.flights`, `"My Table"`, `app."My Table"`; what is not quoted counts in lower
 * case (ASCII letters only, as in a UTF-8 database: src/backend/parser/scansup.c).
 *
 * @param where what the text is, for the error
 * @throws ConfigurationError
 */
export function readQualifiedName(text: string, where: string): QualifiedName {
  const parts = splitName(text);
  const [first, second] = parts ?? [];
  if (first === undefined || (parts?.length ?? 0) > 2 || first === '' || second === '') {
    throw new ConfigurationError(
      `${where}: write a table's name as in SQL, schema first: flights, app.flights, "My Table"`,
    );
  }
  return second === undefined
    ? { schema: undefined, name: first }
    : { schema: first, name: second };
}

/** The parts of a dotted name, unquoted and folded; undefined where the text is none. */
function splitName(text: string): string[] | undefined {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) return undefined;
    const [whole, quoted, bare] = match;
    parts.push(bare === undefined ? (quoted ?? '').replaceAll('""', '"') : foldName(bare));
    at += whole.length;
    if (at === text.length) return parts;
    if (text[at] !== '.') return undefined;
    at++;
  }
}

/** What PostgreSQL makes of an unquoted name. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A column's name: as in SQL where it is quoted; else both as it stands and folded may be meant. */
export function columnNames(text: string): readonly string[] {
  if (/^"(?:[^"]|"")+"$/.test(text)) return [text.slice(1, -1).replaceAll('""', '"'), text];
  const folded = foldName(text);
  return folded === text ? [text] : [folded, text];
}
