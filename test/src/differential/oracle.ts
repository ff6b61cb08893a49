/** One PostgreSQL with every row: what a statement's answer is, and how far its order is fixed. */
import pg from 'pg';
import { type Outline, outlineOf } from './outline.js';
import { readText } from './read-text.js';
import type { Statement } from './statement.js';

export interface OracleAnswer {
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows that the answer is a window of, in groups of equal sort keys. */
  readonly groups: readonly (readonly (readonly unknown[])[])[];
  /** Rows of the groups that stand before the window. */
  readonly skipped: number;
}

/** What the server says of a statement that is wrong. */
export interface OracleError {
  readonly code: string;
  readonly message: string;
}

export class Oracle {
  readonly #client: pg.Client;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  /** @throws whatever it means that the statement does not come from the server's refusal */
  async ask(statement: Statement): Promise<OracleAnswer | OracleError> {
    try {
      const { fields, rows } = await this.#run(statement.sql, statement.params);
      return {
        fields,
        rows,
        ...(await this.#window(
          statement,
          fields.map(({ name }) => name),
          rows,
        )),
      };
    } catch (error) {
      if (error instanceof pg.DatabaseError && !(error instanceof WindowError)) {
        return { code: error.code ?? '', message: error.message };
      }
      throw error;
    }
  }

  /** The name of a type of a user's own. */
  async typeName(oid: number): Promise<string> {
    const { rows } = await this.#run('select $1::oid::regtype::text', [oid]);
    return String(rows[0]?.[0]);
  }

  async #run(
    sql: string,
    params: readonly unknown[] = [],
  ): Promise<Pick<pg.QueryArrayResult<unknown[]>, 'fields' | 'rows'>> {
    const query: pg.QueryArrayConfig & { queryMode: 'extended' } = {
      text: sql,
      values: [...params],
      rowMode: 'array',
      types: { getTypeParser: readText },
      // A text of several statements is refused, as it is with parameters.
      queryMode: 'extended',
    };
    const { fields, rows } = await this.#client.query<unknown[]>(query);
    // `pg` has none for the empty statement.
    return { fields: fields ?? [], rows: rows ?? [] };
  }

  /** All rows that there would be without a limit, in groups of rows whose order is free among them. */
  async #window(
    { sql, params = [], name }: Statement,
    names: readonly string[],
    rows: readonly unknown[][],
  ): Promise<Pick<OracleAnswer, 'groups' | 'skipped'>> {
    const outline = outlineOf(sql);
    const hasTail = sql.slice(outline.tailStart).replace(/;\s*$/, '').trim() !== '';
    if ((outline.sortKeys.length === 0 && !hasTail) || names.length === 0) {
      return { groups: [rows], skipped: 0 };
    }
    try {
      const ranked = await this.#run(rankedQuery(sql, outline, names), params);
      const { offset } = outline;
      const skipped = offset === undefined ? 0 : await this.#offset(offset, params);
      return { groups: groupsOf(ranked.rows, names.length), skipped };
    } catch (error) {
      throw new WindowError(`${name}: its order cannot be asked for: ${sql}`, { cause: error });
    }
  }

  async #offset(expression: string, params: readonly unknown[]): Promise<number> {
    const inlined = expression.replaceAll(/\$(\d+)/g, (_, n: string) => {
      const value = params[Number(n) - 1];
      return value === null || value === undefined ? 'null' : `'${String(value)}'`;
    });
    const { rows } = await this.#run(`select coalesce((${inlined})::int8, 0)::int4`);
    return Number(rows[0]?.[0]);
  }
}

/** A fault of the suite, not an answer. */
class WindowError extends Error {}

/**
 * The statement without its limit, before its columns the rank of each row by its sort keys. The server itself says
 * which rows are equal, in whatever collation.
 */
function rankedQuery(sql: string, outline: Outline, names: readonly string[]): string {
  const { listEnd, sortKeys, tailStart } = outline;
  const hidden: string[] = [];
  const keys = sortKeys.map(({ expression, direction }) => {
    const at = outputColumn(expression, names);
    if (at !== undefined) return `c${at} ${direction}`;
    hidden.push(expression);
    return `k${hidden.length - 1} ${direction}`;
  });
  if (hidden.length > 0 && listEnd === undefined) throw new Error(`hidden sort key: ${hidden}`);
  const added = hidden.map((expression, i) => `, (${expression}) as sort_key_${i} `).join('');
  const at = listEnd ?? tailStart;
  const body = `${sql.slice(0, at)}${added}${sql.slice(at, tailStart)}`;
  const aliases = [...names.map((_, i) => `c${i}`), ...hidden.map((_, i) => `k${i}`)];
  const order = keys.length === 0 ? '' : `order by ${keys.join(', ')}`;
  // The server wants every parameter that it is given to be in the statement.
  const lost = [...new Set(sql.slice(tailStart).match(/\$\d+/g) ?? [])];
  const mentioned = lost.map((parameter) => `, ${parameter}::text`).join('');
  return `select dense_rank() over (${order}), q.*${mentioned} from (${body}) as q(${aliases.join(', ')}) order by 1`;
}

/** The output column that a sort key names, as PostgreSQL reads a number or a bare name. */
function outputColumn(expression: string, names: readonly string[]): number | undefined {
  if (/^\d+$/.test(expression)) return Number(expression) - 1;
  const quoted = /^"((?:[^"]|"")*)"$/.exec(expression)?.[1]?.replaceAll('""', '"');
  const bare = /^[A-Za-z_]\w*$/.test(expression) ? expression.toLowerCase() : undefined;
  const at = names.indexOf(quoted ?? bare ?? '');
  return at < 0 ? undefined : at;
}

function groupsOf(rows: readonly unknown[][], columns: number): unknown[][][] {
  const groups: unknown[][][] = [];
  let last: unknown;
  for (const [rank, ...row] of rows) {
    if (groups.length === 0 || rank !== last) groups.push([]);
    last = rank;
    groups.at(-1)?.push(row.slice(0, columns));
  }
  return groups;
}
