/**
 * The demo's data as it ships inside the npm package vega-datasets: real flights within the United States from
 * January to June 2001, and the airports. Nothing is downloaded.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** One row group of the Parquet file, column by column; every array has the same length. */
export interface FlightColumns {
  /** Local departure times, as microseconds since 2000-01-01: what PostgreSQL stores in a `timestamp`. */
  readonly date: readonly number[];
  /** Minutes late on arrival; negative is early. */
  readonly delay: readonly bigint[];
  /** Miles. */
  readonly distance: readonly bigint[];
  /** The airports' IATA codes. */
  readonly origin: readonly string[];
  readonly destination: readonly string[];
}

/** The rows `start` to `start + rows` of the file, which are stored together. */
export interface RowGroup {
  readonly start: number;
  readonly rows: number;
}

/** The Parquet file held in memory (13 MB), so that a thread reads a row group without touching the disk again. */
export interface FlightsFile {
  readonly rowGroups: readonly RowGroup[];
  readonly source: AsyncBuffer;
  readonly metadata: FileMetaData;
}

const MICROSECONDS_1970_TO_2000 = 946_684_800_000_000;

/** The airports' file: CSV with a header, in the columns of the table `airports`. */
export async function readAirportsCsv(): Promise<Buffer> {
  return readFile(datasetPath('airports.csv'));
}

/** Reads the flights' file and its table of contents. */
export async function openFlightsFile(): Promise<FlightsFile> {
  const bytes = await readFile(datasetPath('flights-3m.parquet'));
  const content = new Uint8Array(bytes).buffer;
  const source: AsyncBuffer = {
    byteLength: content.byteLength,
    slice: (start, end) => content.slice(start, end),
  };
  const metadata = await parquetMetadataAsync(source);
  const rowGroups: RowGroup[] = [];
  let start = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    rowGroups.push({ start, rows });
    start += rows;
  }
  return { rowGroups, source, metadata };
}

/**
 * Decodes one row group.
 * @throws Error when a column is missing, short, or has a null.
 */
export async function readRowGroup(file: FlightsFile, group: RowGroup): Promise<FlightColumns> {
  const columns = new Map<string, readonly unknown[]>();
  await parquetRead({
    file: file.source,
    metadata: file.metadata,
    compressors,
    // Called once a dictionary entry, not once a row: minutes repeat.
    parsers: {
      timestampFromMicroseconds: (micros: bigint) => Number(micros) - MICROSECONDS_1970_TO_2000,
    },
    rowStart: group.start,
    rowEnd: group.start + group.rows,
    onChunk: ({ columnName, columnData }) => {
      const before = columns.get(columnName);
      columns.set(
        columnName,
        before === undefined ? Array.from(columnData) : [...before, ...columnData],
      );
    },
  });
  const column = (name: string): readonly unknown[] => {
    const values = columns.get(name) ?? [];
    if (values.length !== group.rows || values.includes(null) || values.includes(undefined)) {
      throw new Error(`column ${name} of the flights file is not complete at row ${group.start}`);
    }
    return values;
  };
  return {
    date: column('date') as readonly number[],
    delay: column('delay') as readonly bigint[],
    distance: column('distance') as readonly bigint[],
    origin: column('origin') as readonly string[],
    destination: column('destination') as readonly string[],
  };
}

/** The package's entry is in build/, its files in data/; its exports map names only the entry. */
function datasetPath(name: string): URL {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return new URL(`../data/${name}`, pathToFileURL(entry));
}
