/** Runs one statement of Exasol's: most go to PostgreSQL in translation, some are Exasol's alone. */
import { ExasolError, notSupported, syntaxError } from '../exasol-error.js';
import type { SessionDatabase } from '../postgres/session-database.js';
import { expressionNames } from '../sql/column-names.js';
import { exasolError } from '../sql/postgres-error.js';
import { TokenReader } from '../sql/token-reader.js';
import { tokenize, unquote } from '../sql/tokens.js';
import { translate } from '../sql/translate.js';
import { parseTransport } from '../sql/transport-statement.js';
import { runExport } from '../transport/run-export.js';
import { runImport } from '../transport/run-import.js';
import type { TransportContext } from '../transport/statement-context.js';
import type { MetadataQuery } from './metadata.js';
import { ResultSet } from './result-set.js';

export type Outcome =
  | { readonly kind: 'rows'; readonly set: ResultSet }
  | { readonly kind: 'count'; readonly rows: number };

export interface SessionState {
  readonly sessionId: bigint;
  readonly user: string;
  readonly database: SessionDatabase;
  /** `resultSetMaxRows`; 0 for no limit. */
  readonly mostRows: () => number;
  readonly transport: (
    signal: AbortSignal,
  ) => Omit<TransportContext, 'database' | 'translate' | 'signal'>;
  /** Ends a session, or only what it runs. */
  readonly kill: (sessionId: bigint, whole: boolean) => boolean;
}

export interface RunOptions {
  readonly parameters?: readonly (string | null)[];
  readonly signal: AbortSignal;
}

const count = (rows: number): Outcome => ({ kind: 'count', rows });

export class StatementRunner {
  readonly #state: SessionState;
  #cursors = 0;

  constructor(state: SessionState) {
    this.#state = state;
  }

  /** A statement as PostgreSQL takes it. */
  translate(sql: string): string {
    const { sessionId, user, database } = this.#state;
    return translate(tokenize(sql), { sessionId, user, schema: database.schema });
  }

  /** @throws ExasolError */
  async run(sql: string, options: RunOptions): Promise<Outcome> {
    const { database } = this.#state;
    const reader = new TokenReader(sql);
    try {
      if (reader.done)
        throw syntaxError('syntax error, unexpected end of statement [line 1, column 1]');
      if (reader.accept('COMMIT')) return await this.#ends(() => database.commit());
      if (reader.accept('ROLLBACK')) return await this.#ends(() => database.rollback());
      if (reader.accept('OPEN', 'SCHEMA')) return await this.#openSchema(plainName(reader));
      if (reader.accept('CLOSE', 'SCHEMA')) return await this.#openSchema('');
      if (
        reader.accept('ALTER', 'SESSION') ||
        reader.accept('ALTER', 'SYSTEM') ||
        reader.accept('FLUSH', 'STATISTICS')
      )
        return count(0);
      if (reader.accept('KILL')) return this.#kill(reader);
    } catch (error) {
      throw exasolError(error, sql);
    }
    return database.statement(sql, () => this.#inTransaction(sql, reader, options));
  }

  /** @throws ExasolError */
  metadata({ sql, parameters }: MetadataQuery): Promise<Outcome> {
    const { database } = this.#state;
    this.#cursors += 1;
    const cursor = `result${this.#cursors}`;
    return database.statement('', async () => ({
      kind: 'rows',
      set: await ResultSet.open(database, cursor, { sql, parameters, names: () => [], most: 0 }),
    }));
  }

  async #inTransaction(sql: string, reader: TokenReader, options: RunOptions): Promise<Outcome> {
    const word = reader.current?.text.toUpperCase() ?? '';
    switch (word) {
      case 'EXPORT':
      case 'IMPORT':
        return count(await this.#transport(sql, options.signal));
      case 'SELECT':
      case 'WITH':
      case 'VALUES':
      case '(':
        return { kind: 'rows', set: await this.#select(sql, options.parameters) };
      case 'CREATE':
        return this.#create(sql, reader);
      case 'TRUNCATE':
        return this.#truncate(reader);
      default: {
        const { rowCount } = await this.#state.database.query(
          this.translate(sql),
          options.parameters,
        );
        return count(rowCount ?? 0);
      }
    }
  }

  #transport(sql: string, signal: AbortSignal): Promise<number> {
    const { database, transport } = this.#state;
    const statement = parseTransport(sql);
    const context: TransportContext = {
      ...transport(signal),
      database,
      translate: (text) => this.translate(text),
      signal,
    };
    return statement.direction === 'export'
      ? runExport(statement, context)
      : runImport(statement, context);
  }

  #select(sql: string, parameters: readonly (string | null)[] | undefined): Promise<ResultSet> {
    this.#cursors += 1;
    return ResultSet.open(this.#state.database, `result${this.#cursors}`, {
      sql: this.translate(sql).trim().replace(/;$/, ''),
      names: (columns) => expressionNames(sql, columns),
      most: this.#state.mostRows(),
      ...(parameters === undefined ? {} : { parameters }),
    });
  }

  async #create(sql: string, reader: TokenReader): Promise<Outcome> {
    const { database } = this.#state;
    reader.expect('CREATE');
    const replace = reader.accept('OR', 'REPLACE');
    if (/^(FORCE\s+)?(JAVA|PYTHON3?|LUA|R)\s|^SCRIPT\b/i.test(reader.rest()))
      return this.#createScript(reader);
    if (reader.accept('SCHEMA')) return this.#createSchema(sql, reader);
    const kind = reader.accept('FORCE', 'VIEW') || reader.accept('VIEW') ? 'VIEW' : 'TABLE';
    if (kind === 'TABLE' && !reader.accept('TABLE'))
      throw notSupported(`CREATE ${reader.current?.text ?? ''}`);
    const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS') ? 'IF NOT EXISTS ' : '';
    const name = reader.name();
    if (database.schema === '' && !name.includes('.'))
      throw new ExasolError(
        '42000',
        'no schema specified or opened or current schema has been dropped',
      );
    const target = this.translate(name);
    if (replace) await database.query(`DROP ${kind} IF EXISTS ${target} CASCADE`);
    await database.query(`CREATE ${kind} ${ifNotExists}${target} ${this.#definition(reader)}`);
    return count(0);
  }

  /** `LIKE users(a, b)` takes some of the columns; DISTRIBUTE BY and PARTITION BY mean nothing here. */
  #definition(reader: TokenReader): string {
    if (!reader.accept('LIKE'))
      return this.translate(
        reader
          .rest()
          .replace(
            /,\s*(DISTRIBUTE|PARTITION)\s+BY\s+[\w",\s]+?(?=,\s*(?:DISTRIBUTE|PARTITION)\b|\))/gi,
            '',
          ),
      );
    const source = this.translate(reader.name());
    const columns = reader.current?.text === '(' ? this.translate(reader.parenthesized()) : '*';
    return `AS SELECT ${columns} FROM ${source} WITH NO DATA`;
  }

  async #createSchema(sql: string, reader: TokenReader): Promise<Outcome> {
    reader.accept('IF', 'NOT', 'EXISTS');
    await this.#state.database.query(this.translate(sql));
    return this.#openSchema(plainName(reader));
  }

  /** Scripts are kept and listed; nothing here can run them. */
  async #createScript(reader: TokenReader): Promise<Outcome> {
    const text = reader.rest();
    const name = /\bSCRIPT\s+(?:[\w"]+\.)?("[^"]+"|\w+)/i.exec(text)?.[1] ?? '';
    const shown = name.startsWith('"') ? unquote(name) : name.toUpperCase();
    await this.#state.database.query('INSERT INTO sys.scripts VALUES ($1, $2, $3)', [
      this.#state.database.schema,
      shown,
      text,
    ]);
    return count(0);
  }

  async #truncate(reader: TokenReader): Promise<Outcome> {
    reader.expect('TRUNCATE', 'TABLE');
    const { rowCount } = await this.#state.database.query(
      `DELETE FROM ${this.translate(reader.name())}`,
    );
    return count(rowCount ?? 0);
  }

  async #openSchema(schema: string): Promise<Outcome> {
    const { database } = this.#state;
    if (schema !== '' && !(await database.hasSchema(schema)))
      throw new ExasolError('42000', `schema ${schema} not found [line 1, column 13]`);
    await database.openSchema(schema);
    return count(0);
  }

  #kill(reader: TokenReader): Outcome {
    const whole = reader.accept('SESSION');
    if (!whole) {
      reader.expect('STATEMENT');
      if (reader.current?.kind === 'number') reader.next();
      reader.expect('IN', 'SESSION');
    }
    const { text } = reader.next();
    const session = /^current_session$/i.test(text) ? this.#state.sessionId : BigInt(text);
    if (!this.#state.kill(session, whole))
      throw new ExasolError('42000', `session ${session} not found`);
    return count(0);
  }

  async #ends(end: () => Promise<void>): Promise<Outcome> {
    await end();
    return count(0);
  }
}

function plainName(reader: TokenReader): string {
  const token = reader.next();
  return token.kind === 'quoted' ? unquote(token.text) : token.text.toUpperCase();
}
