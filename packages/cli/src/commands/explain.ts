/** `millrace explain`: how a statement is answered, without answering it unless it is to be measured. */
import { Output } from '../render/output.js';
import type { CommandContext } from './command-context.js';
import { withDatabase } from './with-database.js';

export const EXPLAIN_FORMATS = ['text', 'json'] as const;
export type ExplainFormat = (typeof EXPLAIN_FORMATS)[number];

export interface ExplainOptions {
  /** Run the statement, and tell what each shard and each step took. */
  readonly analyze: boolean;
  readonly format: ExplainFormat;
}

/**
 * Writes the plan of the statement. One that is refused has a plan, too: it says why.
 *
 * @throws what `connect` and `Database.explain` throw
 */
export async function runExplain(
  context: CommandContext,
  { analyze, format }: ExplainOptions,
): Promise<void> {
  const { call, database, statement, surroundings } = context;
  const { signal, stdout } = surroundings;
  await withDatabase(database, signal, async (db) => {
    const plan = await db.explain(statement.sql, statement.parameters, {
      ...call,
      signal,
      analyze,
    });
    const text = format === 'json' ? JSON.stringify(plan, null, 2) : String(plan).trimEnd();
    await new Output(stdout, signal).write(`${text}\n`);
  });
}
