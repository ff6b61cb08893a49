/** Rows of a statement that runs on connector modules: kept until they are asked for, or read while they arrive. */
import type { ConnectorField } from '@millrace/worker';
import type { CallScope } from '../call-scope.js';
import type { ConnectorQuery, ConnectorShard } from '../dispatch/connector-shard.js';
import { CancelledError, ShardError } from '../errors.js';
import type { Row } from '../result/row-assembler.js';
import type { CursorColumn, LinkResult } from './parallel-link.js';

export interface ConnectorCall {
  readonly sql: string;
  readonly parameters: unknown;
  /** Rows as objects, not as arrays. */
  readonly isDict: boolean;
  readonly scope: CallScope;
}

type Rows = readonly (readonly unknown[])[];

interface Arrived {
  readonly shard: number;
  /** Undefined after the shard's last. */
  readonly rows: Rows | undefined;
}

/** One statement under way on every shard. The first failure ends it on all of them. */
class ConnectorStatement {
  readonly #shards: readonly ConnectorShard[];
  readonly #queries: readonly ConnectorQuery[];
  readonly #scope: CallScope;
  readonly #isDict: boolean;
  /** What each shard sends next; undefined after its last. */
  #pending: (Promise<Arrived> | undefined)[] = [];
  #error: Error | undefined;
  columns: readonly CursorColumn[] | null = null;

  constructor(shards: readonly ConnectorShard[], call: ConnectorCall) {
    this.#shards = shards;
    this.#scope = call.scope;
    this.#isDict = call.isDict;
    this.#queries = shards.map((shard) => shard.query(call.sql, call.parameters));
    const { signal } = call.scope;
    signal.addEventListener('abort', () => this.fail(signal.reason as Error), { once: true });
    if (signal.aborted) this.fail(signal.reason as Error);
  }

  /** Settles when every shard has begun to answer. */
  async begin(): Promise<void> {
    const fields = await this.#guard(() =>
      Promise.all(
        this.#queries.map((query) =>
          query.fields().catch((error: Error) => {
            this.fail(error);
            throw error;
          }),
        ),
      ),
    );
    await this.#guard(async () => this.#compare(fields));
    this.columns = fields[0] ?? null;
    this.#pending = this.#queries.map((_, shard) => this.#ask(shard));
  }

  /** The next rows of any shard; undefined after the last of all. */
  async next(): Promise<{ shard: number; rows: Row[] } | undefined> {
    for (;;) {
      const pending = this.#pending.filter((promise) => promise !== undefined);
      if (pending.length === 0) {
        this.#scope.close();
        return undefined;
      }
      const { shard, rows } = await this.#guard(() => Promise.race(pending));
      this.#pending[shard] = rows === undefined ? undefined : this.#ask(shard);
      if (rows !== undefined) return { shard, rows: this.#shape(rows) };
    }
  }

  /** Rows that the statement changed; -1 where a connector does not say. */
  changed(): number {
    const counts = this.#queries.map(({ rowCount }) => rowCount);
    if (counts.some((count) => count === undefined)) return -1;
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    for (const query of this.#queries) query.cancel();
  }

  /** Settles when no shard is busy with it. */
  async stopped(): Promise<void> {
    await Promise.all(this.#queries.map((query) => query.drain()));
    this.#scope.close();
  }

  #ask(shard: number): Promise<Arrived> {
    const asked = (this.#queries[shard] as ConnectorQuery).next().then((rows) => ({ shard, rows }));
    // Heard when its turn comes.
    asked.catch(() => undefined);
    return asked;
  }

  /** What goes wrong ends the statement everywhere; what went wrong first is what is told. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      const value = await work();
      if (this.#error === undefined) return value;
    } catch (error) {
      this.fail(error as Error);
    }
    await this.stopped();
    throw this.#error;
  }

  #compare(all: readonly (readonly ConnectorField[] | null)[]): void {
    const names = all.map((fields) => JSON.stringify(fields?.map(({ name }) => name) ?? null));
    const other = names.findIndex((list) => list !== names[0]);
    if (other < 0) return;
    const message = `answers with the columns ${names[other]} where shard '${this.#shards[0]?.name}' has ${names[0]}`;
    throw new ShardError((this.#shards[other] as ConnectorShard).name, message, {
      code: 'MILLRACE_SCHEMA_DRIFT',
    });
  }

  #shape(rows: Rows): Row[] {
    const { columns } = this;
    if (!this.#isDict || columns === null) return rows as Row[];
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
  }
}

/** Runs a statement to its end; its rows lie in memory, shard after shard. */
export async function keptRows(
  shards: readonly ConnectorShard[],
  call: ConnectorCall,
): Promise<LinkResult> {
  const statement = new ConnectorStatement(shards, call);
  await statement.begin();
  const parts: Row[][][] = shards.map(() => []);
  for (let next = await statement.next(); next !== undefined; next = await statement.next()) {
    parts[next.shard]?.push(next.rows);
  }
  const blocks = parts.flat();
  const count = blocks.reduce((sum, block) => sum + block.length, 0);
  return {
    columns: statement.columns,
    rowcount: statement.columns === null ? statement.changed() : count,
    next: async () => blocks.shift(),
    all: async () => blocks.splice(0).flat(1),
    close: async () => {
      blocks.length = 0;
    },
  };
}

/** Starts a statement whose rows are read while they arrive: connectors make no more than a few chunks ahead. */
export async function streamedRows(
  shards: readonly ConnectorShard[],
  call: ConnectorCall,
): Promise<LinkResult> {
  const statement = new ConnectorStatement(shards, call);
  await statement.begin();
  return new StreamedRows(statement);
}

class StreamedRows implements LinkResult {
  readonly columns: readonly CursorColumn[] | null;
  onOver?: (failed: boolean) => void;
  isRunning = true;
  readonly #statement: ConnectorStatement;
  #error: Error | undefined;
  #count = 0;

  constructor(statement: ConnectorStatement) {
    this.#statement = statement;
    this.columns = statement.columns;
  }

  get rowcount(): number {
    if (this.isRunning || this.#error !== undefined) return -1;
    return this.columns === null ? this.#statement.changed() : this.#count;
  }

  async next(): Promise<Row[] | undefined> {
    if (this.#error !== undefined) throw this.#error;
    if (!this.isRunning) return undefined;
    try {
      const next = await this.#statement.next();
      if (next === undefined) this.#end();
      this.#count += next?.rows.length ?? 0;
      return next?.rows;
    } catch (error) {
      this.#end(error as Error);
      throw error;
    }
  }

  async all(): Promise<Row[]> {
    const blocks: Row[][] = [];
    for (let block = await this.next(); block !== undefined; block = await this.next()) {
      blocks.push(block);
    }
    return blocks.flat(1);
  }

  async close(): Promise<void> {
    if (!this.isRunning) return;
    const error = new CancelledError('The statement was ended before its last row was fetched');
    this.#statement.fail(error);
    await this.#statement.stopped();
    this.#end(error);
  }

  #end(error?: Error): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#error = error;
    this.onOver?.(error !== undefined);
  }
}
