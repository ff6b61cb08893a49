/** Rows of shards in temporary tables of one server, where the last step of a plan finds them. */
import { textLiteral, type WireParameter } from '@millrace/postgres';
import type { CopyResult } from './dispatch/copy-run.js';
import type { Staging } from './dispatch/staging.js';
import type { Stage } from './plan/distributed-plan.js';
import { stageTable } from './plan/rules/stage-rows.js';
import { quoteName } from './topology/qualified-name.js';

export interface StagedTable {
  readonly stage: Stage;
  /** The shards that have the rows, by index, and what each is sent. */
  readonly from: readonly {
    readonly shard: number;
    readonly parameters: readonly WireParameter[];
  }[];
}

/** A planner that knows nothing of a table takes it for small: with more rows than this it is told. */
const ROWS_TO_ANALYZE = 1_000;

/**
 * Copies the rows of a stage into a temporary table.
 *
 * @param limits how much may be moved
 * @throws CopyLimitError when there is more, and what the servers say
 */
export async function stageAsTable(
  staging: Staging,
  { stage, from }: StagedTable,
  limits: { readonly maxRows: number; readonly maxBytes: number },
  signal: AbortSignal,
): Promise<CopyResult> {
  const { standsFor } = stage;
  const table = `pg_temp.${standsFor === undefined ? stageTable(stage.id) : quoteName(standsFor)}`;
  const columns = stage.columns
    .map(
      ({ name, typeName }, i) =>
        `${standsFor === undefined ? `c${i}` : quoteName(name)} ${typeName}`,
    )
    .join(', ');
  await staging.command(`CREATE TABLE ${table} (${columns}) ON COMMIT DROP`, signal);
  const moved = await staging.copy({
    from: from.map(({ shard, parameters }) => {
      return { shard, sql: `COPY (${withLiterals(stage.plan.step.sql, parameters)}) TO STDOUT` };
    }),
    into: `COPY ${table} FROM STDIN`,
    limits,
    signal,
  });
  if (moved.rows > ROWS_TO_ANALYZE) await staging.command(`ANALYZE ${table}`, signal);
  return moved;
}

/** Strings, quoted names and parameters of a statement that the deparser wrote. */
const TOKENS = /E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)/gi;

/** A statement with its parameters written in: COPY takes none. Each is cast to its type already. */
export function withLiterals(sql: string, parameters: readonly WireParameter[]): string {
  return sql.replace(TOKENS, (token, number?: string) => {
    if (number === undefined) return token;
    const value = parameters[Number(number) - 1];
    if (value === null || value === undefined) return 'NULL';
    if (typeof value === 'string') return textLiteral(value);
    return textLiteral(`\\x${Buffer.from(value).toString('hex')}`);
  });
}
