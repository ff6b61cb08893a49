/** IMPORT: all files at once, each a `GET` from its tunnel, into one COPY. */
import { type CsvField, CsvReader } from '../csv/csv-reader.js';
import { decoderOf } from '../csv/encodings.js';
import { ExasolError } from '../exasol-error.js';
import { CopyIn, copyLine, describeStatement } from '../postgres/copy.js';
import type { TransportFile, TransportStatement } from '../sql/transport-statement.js';
import { GetFile } from '../tunnel/get-file.js';
import type { Tunnel } from '../tunnel/tunnel.js';
import { RowError, rowMapper } from './import-row.js';
import { checkStatement, openFile, transportError, whenAborted } from './open-files.js';
import { RejectedRows } from './rejected-rows.js';
import { type Origin, rowTrouble } from './row-trouble.js';
import type { TransportContext } from './statement-context.js';

interface Load {
  readonly copy: CopyIn;
  readonly origins: Origin[];
  readonly tunnels: Tunnel[];
  readonly rejects: RejectedRows;
  rows: number;
  rejected: number;
}

/** How many rows the table gained. */
export async function runImport(
  statement: TransportStatement,
  context: TransportContext,
): Promise<number> {
  const target = context.translate(statement.table);
  const list = context.translate(statement.columns);
  const { fields } = await describeStatement(
    context.database.client,
    `SELECT ${list === '' ? '*' : list} FROM ${target}`,
  );
  checkStatement(statement, context);
  if (context.faults.requests === 'never') return whenAborted(context.signal);
  const rejects = new RejectedRows(context.database);
  if (statement.errorsInto !== undefined) await rejects.listen();
  const copy = new CopyIn(
    `COPY ${target}${list === '' ? '' : ` (${list})`} FROM STDIN${tolerance(statement)}`,
  );
  context.database.client.query(copy);
  const load: Load = { copy, origins: [], tunnels: [], rejects, rows: 0, rejected: 0 };
  let reading: readonly Promise<void>[] = [];
  try {
    await copy.ready;
    reading = statement.files.map((_, index) =>
      readFile(index, fields.length, { statement, context, load }),
    );
    await Promise.race([Promise.all(reading), copy.rows, whenAborted(context.signal)]);
    copy.end();
    const rows = await copy.rows;
    if (load.rejected + load.rows - rows > statement.csv.rejectLimit)
      throw new ExasolError('42636', 'ETL-2104: Maximum number of rejected rows exceeded');
    if (statement.errorsInto !== undefined) {
      const { table, mode } = statement.errorsInto;
      await rejects.store(context.translate(table), mode, load.origins);
    }
    return rows;
  } catch (error) {
    const close = (): void => {
      for (const tunnel of load.tunnels) tunnel.close();
    };
    close();
    // Those that were being asked when the client gave up would stay in the middle of a request.
    if (context.signal.aborted) void Promise.allSettled(reading).then(close);
    copy.fail('the import failed');
    await copy.rows.catch(() => undefined);
    throw rowTrouble(error, load.origins);
  } finally {
    rejects.stop();
  }
}

/** PostgreSQL counts what it cannot convert; more than the limit is an error of its own. */
function tolerance({ csv: { rejectLimit }, errorsInto }: TransportStatement): string {
  if (rejectLimit === 0) return '';
  const limit = Number.isFinite(rejectLimit) ? `, REJECT_LIMIT ${rejectLimit}` : '';
  const words = errorsInto === undefined ? '' : ', LOG_VERBOSITY verbose';
  return ` (ON_ERROR ignore${limit}${words})`;
}

interface Reading {
  readonly statement: TransportStatement;
  readonly context: TransportContext;
  readonly load: Load;
}

async function readFile(
  index: number,
  columns: number,
  { statement, context, load }: Reading,
): Promise<void> {
  const file = statement.files[index] as TransportFile;
  const map = rowMapper(file, columns, statement.csv);
  const reader = new CsvReader(statement.csv);
  const decoder = decoderOf(statement.csv.encoding);
  let get: GetFile | undefined;
  const store = async (rows: readonly CsvField[][]): Promise<void> => {
    const firstRow = reader.rows - rows.length;
    const lines: string[] = [];
    let run: Origin | undefined;
    for (const [at, row] of rows.entries()) {
      try {
        const line = copyLine(map(row, firstRow + at));
        if (run === undefined) {
          run = { first: load.rows + lines.length + 1, file, row: firstRow + at };
          load.origins.push(run);
        }
        lines.push(line);
      } catch (error) {
        load.rejected += 1;
        run = undefined;
        if (!(error instanceof RowError) || load.rejected > statement.csv.rejectLimit) throw error;
        const { message } = error;
        load.rejects.add({ file: file.name, row: firstRow + at, message });
      }
    }
    if (lines.length === 0) return;
    load.rows += lines.length;
    await load.copy.write(Buffer.from(lines.join('')));
  };
  try {
    const open = await openFile(index, statement, context);
    load.tunnels.push(open.tunnel);
    get = new GetFile(open.tunnel, open.line, { faults: context.faults, death: open.death });
    for await (const bytes of get.read(file.name, open.gzip))
      await store(reader.push(decoder.decode(bytes, { stream: true })));
    await store(reader.push(decoder.decode()));
    await store(reader.end());
  } catch (error) {
    throw error instanceof RowError
      ? new ExasolError('42636', error.message)
      : transportError(error, file, 'import', get?.received ?? 0);
  }
}
