import { SqlError } from '../errors.js';
import type { Description } from './plan-context.js';

type Describe = (statements: readonly string[]) => Promise<readonly Description[]>;

/**
 * Asks a server of one statement, and of what planning makes of it: each once. The statement goes along with the first that is
 * made of it, in one round trip.
 */
export class StatementServer {
  readonly #sql: string;
  readonly #ask: Describe;
  readonly #known = new Map<string, Promise<Description>>();

  constructor(sql: string, ask: Describe) {
    this.#sql = sql;
    this.#ask = ask;
  }

  /**
   * What the statement itself is.
   *
   * @throws SqlError where it is wrong
   */
  statement(): Promise<Description> {
    return this.describe(this.#sql);
  }

  /** @throws SqlError for the statement itself, where that is wrong; else for `sql` */
  readonly describe = (sql: string): Promise<Description> => {
    const known = this.#known.get(sql);
    if (known !== undefined) return known;
    if (sql === this.#sql || this.#known.has(this.#sql)) return this.#remember(sql, this.#one(sql));
    const both = this.#ask([this.#sql, sql]);
    // Which of the two is wrong is not said.
    const statement = both.then(([first]) => first as Description, this.#again(this.#sql));
    this.#remember(this.#sql, statement);
    const other = both.then(
      ([, second]) => second as Description,
      async (error: unknown) => {
        await statement;
        return this.#again(sql)(error);
      },
    );
    return this.#remember(sql, other);
  };

  /** Asks alone what was asked with another one, of which one is wrong. */
  #again(sql: string): (error: unknown) => Promise<Description> {
    return (error) => {
      if (error instanceof SqlError) return this.#one(sql);
      throw error;
    };
  }

  async #one(sql: string): Promise<Description> {
    const [description] = await this.#ask([sql]);
    return description as Description;
  }

  #remember(sql: string, description: Promise<Description>): Promise<Description> {
    this.#known.set(sql, description);
    // Whoever waits for it hears of it.
    description.catch(() => undefined);
    return description;
  }
}
