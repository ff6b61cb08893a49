/** EXPORT: rows of COPY, spread over the files, each a `PUT` to its tunnel. */
import { csvWriter } from '../csv/csv-writer.js';
import { ExasolError } from '../exasol-error.js';
import { copyFields, copyOut, describeStatement } from '../postgres/copy.js';
import { type Column, describeColumn } from '../sql/column-types.js';
import type { TransportStatement } from '../sql/transport-statement.js';
import { PutFile } from '../tunnel/put-file.js';
import {
  checkStatement,
  type OpenFile,
  openFile,
  transportError,
  whenAborted,
} from './open-files.js';
import type { TransportContext } from './statement-context.js';

interface Target {
  readonly open: OpenFile;
  readonly put: PutFile;
  readonly lines: Buffer[];
}

/** How many rows it wrote. */
export async function runExport(
  statement: TransportStatement,
  context: TransportContext,
): Promise<number> {
  const source = await selectOf(statement, context);
  checkStatement(statement, context);
  if (context.faults.requests === 'never') return whenAborted(context.signal);
  const targets: Target[] = [];
  let opening: readonly Promise<void>[] = [];
  try {
    opening = statement.files.map((_, index) => openTarget(index, statement, context, targets));
    await Promise.race([Promise.all(opening), whenAborted(context.signal)]);
    const inOrder = [...targets].sort((a, b) =>
      a.open.file.name.localeCompare(b.open.file.name, 'en', { numeric: true }),
    );
    return await Promise.race([
      writeRows(source, inOrder, statement, context),
      whenAborted(context.signal),
    ]);
  } catch (error) {
    const close = (): void => {
      for (const { open } of targets) open.tunnel.close();
    };
    close();
    // Those that were being asked when the client gave up would stay in the middle of a request.
    if (context.signal.aborted) void Promise.allSettled(opening).then(close);
    await context.database.cancel();
    throw error;
  }
}

async function openTarget(
  index: number,
  statement: TransportStatement,
  context: TransportContext,
  targets: Target[],
): Promise<void> {
  const file = statement.files[index];
  if (file === undefined) return;
  try {
    const open = await openFile(index, statement, context);
    const put = new PutFile(open.tunnel, open.line, {
      faults: context.faults,
      death: open.death,
      gzip: open.gzip,
    });
    targets.push({ open, put, lines: [] });
    await put.open(file.name);
  } catch (error) {
    throw transportError(error, file, 'export', 0);
  }
}

async function writeRows(
  source: Source,
  targets: readonly Target[],
  statement: TransportStatement,
  context: TransportContext,
): Promise<number> {
  const write = csvWriter(statement.csv);
  if (statement.csv.withColumnNames) {
    const names = write(source.columns.map(({ name }) => name));
    for (const { lines } of targets) lines.push(names);
  }
  const text = source.columns.map((column) => fieldText(column, statement));
  let row = 0;
  for await (const rows of copyOut(context.database.client, `COPY (${source.sql}) TO STDOUT`)) {
    for (const each of rows) {
      const fields = copyFields(each).map((field, index) =>
        field === undefined ? undefined : text[index]?.(field),
      );
      targets[context.faults.spread(row, targets.length)]?.lines.push(write(fields));
      row += 1;
    }
    await Promise.all(targets.map(flush));
  }
  await Promise.all(targets.map((target) => finish(target)));
  return row;
}

async function flush({ open, put, lines }: Target): Promise<void> {
  if (lines.length === 0) return;
  try {
    await put.write(Buffer.concat(lines.splice(0)));
  } catch (error) {
    throw transportError(error, open.file, 'export', put.sent);
  }
}

async function finish(target: Target): Promise<void> {
  await flush(target);
  try {
    await target.put.end(target.open.file.name);
  } catch (error) {
    throw transportError(error, target.open.file, 'export', target.put.sent);
  }
}

function fieldText(
  column: Column,
  statement: TransportStatement,
): (value: string) => string | undefined {
  const [yes, no] = statement.csv.booleans;
  if (column.dataType.type === 'BOOLEAN') return (value) => (value === 't' ? yes : no);
  return column.text;
}

interface Source {
  readonly sql: string;
  readonly columns: readonly Column[];
}

/** What to COPY: the query or table, its columns chosen and formatted as the files ask. */
async function selectOf(statement: TransportStatement, context: TransportContext): Promise<Source> {
  const { table, columns, query } = statement;
  const asked = query ?? `SELECT ${columns === '' ? '*' : columns} FROM ${table}`;
  const sql = context.translate(asked).trim().replace(/;$/, '');
  const { fields } = await describeStatement(context.database.client, sql);
  const all = fields.map(describeColumn);
  const chosen = statement.files[0]?.columns ?? [];
  if (chosen.length === 0) return { sql, columns: all };
  const picked = chosen.flatMap(({ from, to, format }) =>
    Array.from({ length: to - from + 1 }, (_, offset) => ({ index: from + offset, format })),
  );
  const outside = picked.find(({ index }) => index >= all.length);
  if (outside !== undefined)
    throw new ExasolError('42636', `ETL-3002: column ${outside.index + 1} does not exist`);
  const list = picked.map(({ index, format }) =>
    format === undefined ? `c${index}` : `to_char(c${index}, 'FM${format}')`,
  );
  return {
    sql: `SELECT ${list.join(', ')} FROM (${sql}) AS q (${all.map((_, index) => `c${index}`).join(', ')})`,
    columns: picked.map(({ index, format }) => {
      const column = all[index] as Column;
      return format === undefined
        ? column
        : { ...column, dataType: { type: 'VARCHAR' }, text: (value: string) => value };
    }),
  };
}
