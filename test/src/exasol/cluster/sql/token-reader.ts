/** Reads the tokens of a statement one after the other; spaces and comments are not seen. */
import { syntaxError } from '../exasol-error.js';
import { position, type Token, tokenize, unquote } from './tokens.js';

export class TokenReader {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(sql: string) {
    this.sql = sql;
    this.#tokens = tokenize(sql).filter((token) => token.kind !== 'space');
  }

  get done(): boolean {
    return this.#next >= this.#tokens.length;
  }

  get current(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** Offset of the current token; of the end when there is none. */
  get at(): number {
    return this.current?.at ?? this.sql.length;
  }

  next(): Token {
    const token = this.current;
    if (token === undefined) throw this.unexpected();
    this.#next += 1;
    return token;
  }

  /** Takes these words or symbols when all of them come next. */
  accept(...texts: readonly string[]): boolean {
    const fits = texts.every(
      (text, index) => this.#tokens[this.#next + index]?.text.toUpperCase() === text,
    );
    if (fits) this.#next += texts.length;
    return fits;
  }

  expect(...texts: readonly string[]): void {
    if (!this.accept(...texts)) throw this.unexpected();
  }

  string(): string {
    const token = this.next();
    if (token.kind !== 'string') throw this.unexpected(token);
    return unquote(token.text);
  }

  number(): number {
    const token = this.next();
    if (token.kind !== 'number') throw this.unexpected(token);
    return Number(token.text);
  }

  /** A name as it stands, dots included: `sch.tab`, `"a"."b"`. */
  name(): string {
    let name = '';
    do {
      const token = this.next();
      if (token.kind !== 'word' && token.kind !== 'quoted') throw this.unexpected(token);
      name += (name === '' ? '' : '.') + token.text;
    } while (this.accept('.'));
    return name;
  }

  /** What stands in parentheses, without them; the current token is `(`. */
  parenthesized(): string {
    const from = this.next().at + 1;
    for (let depth = 1; ; ) {
      const token = this.next();
      if (token.text === '(') depth += 1;
      if (token.text === ')') depth -= 1;
      if (depth === 0) return this.sql.slice(from, token.at);
    }
  }

  /** The rest of the statement as it stands. */
  rest(): string {
    return this.sql.slice(this.at);
  }

  unexpected(token: Token | undefined = this.current): Error {
    const what = token === undefined ? 'end of statement' : `'${token.text}'`;
    return syntaxError(
      `syntax error, unexpected ${what} ${position(this.sql, token?.at ?? this.sql.length)}`,
    );
  }
}
