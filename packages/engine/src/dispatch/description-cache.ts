import { FIRST_USER_OID, type StatementDescription } from '@millrace/postgres';

/** Statements remembered at most. */
const CAPACITY = 256;
/** Statements that only read. Others are never run before all shards have accepted them. */
const READING = /^\s*(select|values|table)\b/i;

/**
 * What statements were described with, so that a repeated one takes one round trip instead of two. Nothing is believed
 * blindly: every server confirms the description before its rows are read, or the statement is described anew.
 */
export class DescriptionCache {
  readonly #descriptions = new Map<string, StatementDescription>();

  /** The description of a statement that may be run at once with so many parameters. */
  get(sql: string, parameterCount: number): StatementDescription | undefined {
    const description = this.#descriptions.get(sql);
    if (description === undefined) return undefined;
    // The last used are the last to go.
    this.#descriptions.delete(sql);
    this.#descriptions.set(sql, description);
    return description.parameters.length === parameterCount ? description : undefined;
  }

  /** Remembers a description, if the statement is one that may be run at once and means the same on every shard. */
  set(sql: string, description: StatementDescription): void {
    const { columns } = description;
    if (!READING.test(sql) || columns.length === 0) return;
    if (columns.some(({ dataTypeID }) => dataTypeID >= FIRST_USER_OID)) return;
    this.#descriptions.set(sql, description);
    if (this.#descriptions.size > CAPACITY) {
      const [oldest] = this.#descriptions.keys();
      this.#descriptions.delete(oldest as string);
    }
  }
}
