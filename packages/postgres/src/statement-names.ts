/** Statements that a server keeps prepared for one connection at most. */
const CAPACITY = 64;
/** SQLSTATE of a name that the server does not know, or knows already: a pooler stands between. */
const FOREIGN_SESSION = new Set(['26000', '42P05']);

/** A statement by its name on the server. */
export interface NamedStatement {
  readonly name: string;
  /** The server does not have it yet: Parse must come first. */
  readonly isNew: boolean;
  /** Names that the server may forget. */
  readonly dropped: readonly string[];
}

/**
 * Which statements a connection's server has prepared: one that comes again is neither parsed nor planned again, which for
 * a small one is most of its time. Behind a pooler that gives each statement another session, names are given up.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  #dropped: string[] = [];
  #count = 0;
  #usable = true;

  /** The name to run a statement by; undefined when names are of no use here. */
  take(sql: string): NamedStatement | undefined {
    if (!this.#usable) return undefined;
    const known = this.#names.get(sql);
    const name = known ?? `millrace_${++this.#count}`;
    // The last used are the last to go.
    this.#names.delete(sql);
    this.#names.set(sql, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > CAPACITY && oldest !== undefined) this.#drop(oldest);
    const dropped = this.#dropped;
    this.#dropped = [];
    return { name, isNew: known === undefined, dropped };
  }

  /** A statement has failed: whether its name is still good is not known. */
  failed(sql: string, code: unknown): void {
    this.#drop(sql);
    if (typeof code === 'string' && FOREIGN_SESSION.has(code)) this.#usable = false;
  }

  #drop(sql: string): void {
    const name = this.#names.get(sql);
    if (name !== undefined) this.#dropped.push(name);
    this.#names.delete(sql);
  }
}
