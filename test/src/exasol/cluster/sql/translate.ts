/**
 * A statement of Exasol's as PostgreSQL takes it: names, types, functions, and '' for NULL. What both write alike is left
 * alone; what only Exasol has and nobody here needs comes back as PostgreSQL's syntax error.
 */
import { postgresName } from './names.js';
import { type Token, unquote } from './tokens.js';

export interface SessionWords {
  readonly sessionId: bigint;
  readonly user: string;
  /** As Exasol writes it; '' when none is open. */
  readonly schema: string;
}

/** Exasol's integer types are decimals; its reserved words can be nothing but types. */
const TYPES: Readonly<Record<string, string>> = {
  BIGINT: 'numeric(36,0)',
  INT: 'numeric(18,0)',
  INTEGER: 'numeric(18,0)',
  SMALLINT: 'numeric(9,0)',
  SHORTINT: 'numeric(9,0)',
  TINYINT: 'numeric(3,0)',
  FLOAT: 'double precision',
  REAL: 'double precision',
  CLOB: 'varchar(2000000)',
  VARCHAR2: 'varchar',
  NVARCHAR: 'varchar',
  NVARCHAR2: 'varchar',
};

const WORDS: Readonly<Record<string, string>> = {
  NVL: 'coalesce',
  IFNULL: 'coalesce',
  MINUS: 'except',
  SYSDATE: 'current_date',
  SYSTIMESTAMP: 'localtimestamp',
};

const DECIMALS: ReadonlySet<string> = new Set(['DECIMAL', 'DEC', 'NUMERIC', 'NUMBER']);

/** `?` becomes `$1`, `$2`, … */
export function translate(tokens: readonly Token[], words: SessionWords): string {
  let parameters = 0;
  let text = '';
  const solid = tokens.filter((token) => token.kind !== 'space');
  let index = 0;
  for (const token of tokens) {
    if (token.kind === 'space') {
      text += token.text;
      continue;
    }
    if (token.kind === 'parameter') {
      parameters += 1;
      text += `$${parameters}`;
    } else {
      text += translateToken(token, { solid, index, words });
    }
    index += 1;
  }
  return rangeOfValues(text);
}

interface Place {
  readonly solid: readonly Token[];
  readonly index: number;
  readonly words: SessionWords;
}

function translateToken(token: Token, place: Place): string {
  if (token.kind === 'quoted') return postgresName(unquote(token.text));
  if (token.kind === 'string') return token.text === "''" ? 'NULL' : token.text;
  if (token.kind !== 'word') return token.text;
  return translateWord(token.text, place);
}

function translateWord(text: string, place: Place): string {
  const word = text.toUpperCase();
  const before = place.solid[place.index - 1]?.text.toUpperCase();
  const after = place.solid[place.index + 1]?.text.toUpperCase();
  // A column of that name behind a dot.
  if (before === '.') return text;
  if (DECIMALS.has(word)) return after === '(' ? 'numeric' : 'numeric(18,0)';
  if (word === 'DOUBLE') return after === 'PRECISION' ? text : 'double precision';
  if (word === 'HASHTYPE') return 'uuid';
  if ((word === 'UTF8' || word === 'ASCII') && before === ')') return '';
  if (word === 'LOCAL' && before === 'WITH' && after === 'TIME') return '';
  return sessionWord(word, place.words) ?? WORDS[word] ?? TYPES[word] ?? text;
}

function sessionWord(word: string, words: SessionWords): string | undefined {
  const literal = (value: string): string => `'${value.replaceAll("'", "''")}'::varchar(128)`;
  if (word === 'CURRENT_SESSION') return `${words.sessionId}::numeric(20,0)`;
  if (word === 'CURRENT_USER') return literal(words.user.toUpperCase());
  if (word === 'CURRENT_SCHEMA')
    return words.schema === '' ? 'NULL::varchar(128)' : literal(words.schema);
  return undefined;
}

/** `VALUES BETWEEN 1 AND 1000`: Exasol's way to make rows. */
function rangeOfValues(sql: string): string {
  return sql.replace(
    /\(?\bVALUES\s+BETWEEN\s+(-?\d+)\s+AND\s+(-?\d+)(?:\s+WITH\s+STEP\s+(\d+))?\s*\)?/gi,
    (_, from: string, to: string, step: string | undefined) =>
      `(SELECT n::numeric(18,0) AS range_value FROM generate_series(${from}, ${to}, ${step ?? 1}) AS g (n))`,
  );
}
