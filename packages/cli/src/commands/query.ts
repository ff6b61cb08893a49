/** `millrace query`: rows to standard output. */
import type { Batch } from '@millrace/batch';
import { type CallOptions, type Database, MillraceError } from '@millrace/engine';
import { batchCells } from '../render/batch-cells.js';
import { csvLine } from '../render/csv.js';
import { batchObjects, JSON_TYPES } from '../render/json-row.js';
import { Output } from '../render/output.js';
import { Progress } from '../render/progress.js';
import { tableFoot, tables } from '../render/table.js';
import { TEXT_TYPES } from '../render/value-text.js';
import { isFancy, type Surroundings } from '../surroundings.js';
import type { CommandContext } from './command-context.js';
import { withDatabase } from './with-database.js';

/** `table` holds the whole answer, as a table needs; the others run in fixed memory. */
export const QUERY_FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** Rows written at a time. */
const CHUNK_ROWS = 1_000;

/** A query that is under way: what its writer needs. */
interface Asking {
  readonly db: Database;
  readonly context: CommandContext;
  readonly options: CallOptions;
  readonly output: Output;
}

/**
 * Runs the statement and writes its answer.
 *
 * @throws what `connect`, `Database.query` and `Database.stream` throw
 */
export async function runQuery(context: CommandContext, format: QueryFormat): Promise<void> {
  const { surroundings } = context;
  const { signal, stderr, stdout } = surroundings;
  const output = new Output(stdout, signal);
  await withDatabase(context.database, signal, async (db) => {
    const progress = showsProgress(format, surroundings) ? new Progress(stderr) : undefined;
    const options: CallOptions = {
      ...context.call,
      signal,
      rowMode: 'array',
      ...(progress && { onProgress: progress.update }),
    };
    const asking = { db, context, options, output };
    try {
      await WRITERS[format](asking, () => progress?.stop());
    } finally {
      progress?.stop();
    }
  });
}

/** Rows that come to the same terminal show by themselves how far they are. */
function showsProgress(format: QueryFormat, { stderr, stdout }: Surroundings): boolean {
  return stderr.isTTY === true && (format === 'table' || stdout.isTTY !== true);
}

type Writer = (asking: Asking, onAnswer: () => void) => Promise<void>;

const WRITERS: { readonly [format in QueryFormat]: Writer } = {
  table: writeTable,
  csv: writeCsv,
  json: writeJson,
  ndjson: writeNdjson,
};

async function writeTable(asking: Asking, onAnswer: () => void): Promise<void> {
  const { context, db, options, output } = asking;
  const { sql, parameters } = context.statement;
  const result = await db.query<readonly unknown[]>(sql, parameters, {
    ...options,
    types: TEXT_TYPES,
  });
  onAnswer();
  const fancy = isFancy(context.surroundings.stdout, context.surroundings);
  for (const table of tables(result.fields, result.rows, { fancy })) {
    if (!(await output.write(table))) return;
  }
  await output.write(tableFoot(result));
}

async function writeCsv(asking: Asking): Promise<void> {
  const { output } = asking;
  let hasHead = false;
  for await (const batch of streamOf(asking, TEXT_TYPES)) {
    if (!hasHead) await output.write(csvLine(batch.schema.fields.map(({ name }) => name)));
    hasHead = true;
    for (const rows of chunks(batchCells(batch))) {
      if (!(await output.write(rows.map(csvLine).join('')))) return;
    }
  }
  if (hasHead) return;
  const names = await columnNames(asking);
  if (names.length > 0) await output.write(csvLine(names));
}

async function writeNdjson(asking: Asking): Promise<void> {
  for await (const batch of streamOf(asking, jsonTypes(asking))) {
    for (const rows of chunks(batchObjects(batch))) {
      if (!(await asking.output.write(`${rows.join('\n')}\n`))) return;
    }
  }
}

async function writeJson(asking: Asking): Promise<void> {
  const { output } = asking;
  let before = '[\n';
  for await (const batch of streamOf(asking, jsonTypes(asking))) {
    for (const rows of chunks(batchObjects(batch))) {
      if (!(await output.write(before + rows.join(',\n')))) return;
      before = ',\n';
    }
  }
  await output.write(before === '[\n' ? '[]\n' : '\n]\n');
}

/** What the configuration file chooses goes before what this command would choose. */
function jsonTypes({ context }: Asking): CallOptions['types'] {
  return { ...JSON_TYPES, ...context.database.types };
}

function streamOf(
  { context, db, options }: Asking,
  types: CallOptions['types'],
): AsyncIterable<Batch> {
  const { sql, parameters } = context.statement;
  return db.stream(sql, parameters, { ...options, ...(types && { types }) });
}

/**
 * The columns of a statement that gave no rows, for a stream tells its columns with its first batch. Asked in a way that
 * runs nothing of it a second time: under `limit 0` PostgreSQL plans a query and does not begin it, and what is no query, or
 * writes, cannot stand there at all. Such a statement has no columns to name.
 */
async function columnNames({ context, db, options }: Asking): Promise<string[]> {
  const { sql, parameters } = context.statement;
  const { onProgress: _, ...quiet } = options;
  try {
    const query = sql.replace(/[\s;]+$/, '');
    const answer = await db.query(
      `select * from (\n${query}\n) as answer limit 0`,
      parameters,
      quiet,
    );
    return answer.fields.map(({ name }) => name);
  } catch (error) {
    if (error instanceof MillraceError) return [];
    throw error;
  }
}

function* chunks<Row>(rows: Iterable<Row>): Generator<Row[]> {
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < CHUNK_ROWS) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
