/**
 * The part of `@millrace/engine` that the bench uses, and nothing more. Cases import the engine through this one file.
 */
import type { Batch } from '@millrace/batch';
import type { Table } from 'apache-arrow';

/** Options of a call. */
export interface CallOptions {
  readonly mode: 'union';
  readonly signal?: AbortSignal;
}

/** The calls of a `Database` that are measured. */
export interface BenchDatabase {
  query(
    sql: string,
    values: readonly unknown[],
    options: CallOptions,
  ): Promise<{ rows: Record<string, unknown>[] }>;
  stream(sql: string, values: readonly unknown[], options: CallOptions): AsyncIterable<Batch>;
  arrow(sql: string, values: readonly unknown[], options: CallOptions): Promise<Table>;
  close(): Promise<void>;
}

/** Options of `connect` that the bench sets. */
export interface BenchConnectOptions {
  readonly shards: readonly string[];
  readonly threads?: number;
}

/** Connects as a user would. */
export async function connectEngine(options: BenchConnectOptions): Promise<BenchDatabase> {
  const engine = (await import('@millrace/engine')) as unknown as {
    connect?: (options: BenchConnectOptions) => Promise<BenchDatabase>;
  };
  if (engine.connect === undefined) throw new Error('@millrace/engine exports no connect');
  return engine.connect(options);
}

/** Connects and lets every shard answer once, so that what follows is timed over open connections. */
export async function connectReady(urls: readonly string[]): Promise<BenchDatabase> {
  const database = await connectEngine({ shards: urls });
  await database.query('select 1 as one', [], { mode: 'union' });
  return database;
}
