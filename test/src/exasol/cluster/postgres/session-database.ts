/** The PostgreSQL session behind one Exasol session: transactions, the open schema, and results that are read in pieces. */
import { Client, type FieldDef } from 'pg';
import { postgresName, swapName } from '../sql/names.js';
import { exasolError } from '../sql/postgres-error.js';
import { COMPATIBILITY } from './compatibility.js';

/** Values as PostgreSQL writes them. */
export type TextRow = readonly (string | null)[];

export interface TextResult {
  readonly fields: readonly FieldDef[];
  readonly rows: readonly TextRow[];
  readonly rowCount: number | null;
}

const SETTINGS = `SET datestyle = 'ISO'; SET intervalstyle = 'sql_standard'; SET bytea_output = 'hex';
SET timezone = 'UTC'; SET extra_float_digits = 1; SET client_min_messages = 'error'`;

const asText = { getTypeParser: () => (value: string) => value };

export class SessionDatabase {
  readonly client: Client;
  /** As Exasol writes it; '' when none is open. */
  schema = '';
  autocommit = true;
  /** A transaction is open. */
  open = false;
  readonly #admin: Client;
  #backend = 0;

  /** @param admin a connection that cancels what this one runs */
  constructor(url: string, admin: Client) {
    this.client = new Client({ connectionString: url });
    this.client.on('error', () => undefined);
    this.#admin = admin;
  }

  async connect(): Promise<void> {
    await this.client.connect();
    await this.client.query(SETTINGS);
    const { rows } = await this.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    this.#backend = rows[0]?.pid ?? 0;
    await this.openSchema('');
  }

  async query(sql: string, parameters?: readonly (string | null)[]): Promise<TextResult> {
    const result = await this.client.query<(string | null)[]>({
      text: sql,
      rowMode: 'array',
      types: asText,
      ...(parameters === undefined ? {} : { values: [...parameters] }),
    });
    return result;
  }

  /**
   * One statement of the client's: all or nothing. Under autocommit it is a transaction; else it joins the open one, which
   * goes on as it was before when the statement fails.
   *
   * @throws ExasolError
   */
  async statement<T>(sql: string, run: () => Promise<T>): Promise<T> {
    try {
      await this.begin();
      if (!this.autocommit) await this.query('SAVEPOINT statement');
      const result = await run();
      if (this.autocommit) await this.commit();
      return result;
    } catch (error) {
      await this.#undo();
      throw exasolError(error, sql);
    }
  }

  async #undo(): Promise<void> {
    try {
      if (this.autocommit) await this.rollback();
      else await this.#toSavepoint().catch(() => this.#toSavepoint());
    } catch {
      // The connection is gone, and so is the transaction.
    }
  }

  async #toSavepoint(): Promise<void> {
    await this.query('ROLLBACK TO SAVEPOINT statement');
  }

  async begin(): Promise<void> {
    if (this.open) return;
    await this.query('BEGIN');
    this.open = true;
  }

  async commit(): Promise<void> {
    if (!this.open) return;
    // A cancel may hit this, too: then the transaction is still there.
    await this.query('COMMIT');
    this.open = false;
  }

  async rollback(): Promise<void> {
    if (!this.open) return;
    await this.query('ROLLBACK').catch(() => this.query('ROLLBACK'));
    this.open = false;
  }

  /** @param schema as Exasol writes it; '' closes */
  async openSchema(schema: string): Promise<void> {
    const path = schema === '' ? '' : `${postgresName(schema)}, `;
    await this.query(`SET search_path TO ${path}sys`);
    this.schema = schema;
  }

  async hasSchema(schema: string): Promise<boolean> {
    const sql = 'SELECT 1 FROM pg_namespace WHERE nspname = $1';
    const { rows } = await this.query(sql, [swapName(schema)]);
    return rows.length > 0;
  }

  /** Cancels what runs now. */
  async cancel(): Promise<void> {
    await this.#admin.query('SELECT pg_cancel_backend($1)', [this.#backend]).catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.cancel();
    await this.client.end().catch(() => undefined);
  }
}

/** Makes an empty database Exasol's: its system objects, and no `public`. */
export async function prepareDatabase(admin: Client): Promise<void> {
  await admin.query(COMPATIBILITY);
}
