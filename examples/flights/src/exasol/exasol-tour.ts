/**
 * What `--exasol` shows: flights go from PostgreSQL's shards into Exasol, from there into files, back into another table, and home as
 * typed batches; and a node that dies on the way. Every table is compared with PostgreSQL, airport by airport.
 */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connectExasol,
  type Database,
  type ExasolConnection,
  ExasolTransferError,
  type TransferResult,
} from '@millrace/engine';
import { sumIntegers } from '../all-flights.js';
import { formatCount, formatDuration, type TableStyle } from '../tables.js';
import { ExportFolder } from './export-folder.js';
import {
  compareTotals,
  copyFlights,
  createTables,
  FLIGHTS,
  FLIGHTS_AGAIN,
  type OriginTotals,
  totalsOfShards,
  totalsOfTable,
} from './flights-tables.js';
import { SimulatedCluster } from './simulated-cluster.js';
import { renderStreams } from './transfer-table.js';

/** Nodes of the cluster, and streams of each transfer. */
const NODES = 4;
/** Which stream's node dies, and after so many bytes of its file. */
const DYING = 2;
const DYING_AFTER_BYTES = 1_000_000;
const LONG_FLIGHTS = { query: `SELECT * FROM ${FLIGHTS} WHERE distance > 2000` };

export interface TourOptions {
  readonly db: Database;
  readonly style: TableStyle;
  readonly say: (text: string) => void;
}

/** Runs it all. Returns what differs from PostgreSQL, one line each. */
export async function tourExasol(options: TourOptions): Promise<string[]> {
  const started = performance.now();
  const cluster = await SimulatedCluster.start(NODES);
  try {
    options.say(
      `\nA SIMULATED Exasol cluster of ${NODES} nodes, ready after ${formatDuration(performance.now() - started)}: this project's tests ` +
        'bring it along.\nIt speaks the protocols of Exasol, and one PostgreSQL does its work; no Exasol is involved, and no speed below\n' +
        'is one of Exasol. Millrace is as it would be with the real one.',
    );
    const { dsn, user, password } = cluster;
    await using exa = await connectExasol({ dsn, user, password });
    using folder = await ExportFolder.create();
    return await new Tour(cluster, exa, folder.path, options).run();
  } finally {
    await cluster.stop();
  }
}

class Tour {
  readonly #cluster: SimulatedCluster;
  readonly #exa: ExasolConnection;
  readonly #folder: string;
  readonly #options: TourOptions;
  readonly #differences: string[] = [];

  constructor(
    cluster: SimulatedCluster,
    exa: ExasolConnection,
    folder: string,
    options: TourOptions,
  ) {
    this.#cluster = cluster;
    this.#exa = exa;
    this.#folder = folder;
    this.#options = options;
  }

  async run(): Promise<string[]> {
    const { db } = this.#options;
    const exa = this.#exa;
    const right = await totalsOfShards(db);
    await createTables(exa);

    await this.#show(
      'PostgreSQL to Exasol, each shard by a tunnel of its own, from thread to thread',
      () => copyFlights(db, exa),
    );
    await this.#compare(FLIGHTS, right);

    const files = join(this.#folder, 'flights-%d.csv');
    await this.#show(
      'Exasol to files, EXPORT over a TLS tunnel to each node',
      () => exa.exportParallel({ from: FLIGHTS, to: files, workers: NODES }),
      files,
    );
    await this.#show(
      'Files into another table, IMPORT',
      () => exa.importParallel({ into: FLIGHTS_AGAIN, from: files, workers: NODES }),
      files,
    );
    await this.#compare(FLIGHTS_AGAIN, right);

    await this.#streamBatches();
    await this.#loseNode();
    return this.#differences;
  }

  /** Runs a transfer and prints what each of its streams has moved. Rows of `files` are counted by their lines. */
  async #show(
    title: string,
    transfer: () => Promise<TransferResult>,
    files?: string,
  ): Promise<void> {
    const { say, style } = this.#options;
    const started = performance.now();
    const result = await transfer();
    const ms = performance.now() - started;
    const rows =
      files === undefined
        ? result.workers.map(({ rowCount }) => rowCount ?? 0)
        : await Promise.all(
            result.workers.map((_, i) => countLines(files.replace('%d', String(i)))),
          );
    say(`\n${title}:\n${renderStreams(result, rows, ms, style)}`);
    const counted = rows.reduce((sum, count) => sum + count, 0);
    if (counted !== result.rowCount) {
      this.#differences.push(`${title}: the streams had ${counted} rows of ${result.rowCount}`);
    }
  }

  async #compare(table: string, right: OriginTotals): Promise<void> {
    const differences = compareTotals(table, await totalsOfTable(this.#exa, table), right);
    this.#differences.push(...differences);
    if (differences.length === 0) {
      this.#options.say(
        `  ${table} has the totals that PostgreSQL has, for each of ${right.size} origins.`,
      );
    }
  }

  /** All flights home as typed arrays; their distance summed, as SQL says it is. */
  async #streamBatches(): Promise<void> {
    const started = performance.now();
    let rows = 0;
    let distance = 0;
    let batches = 0;
    for await (const { rowCount, vectors } of this.#exa.stream(FLIGHTS)) {
      batches += 1;
      rows += rowCount;
      distance += sumIntegers(vectors[2]);
    }
    const ms = performance.now() - started;
    const sql = 'select count(*) as rows, sum(distance) as distance from flights';
    const [right] = (await this.#options.db.query(sql)).rows;
    if (String(rows) !== right?.rows || String(distance) !== right?.distance) {
      this.#differences.push(
        `exa.stream: ${rows} rows, ${distance} miles; PostgreSQL has ${right?.rows}, ${right?.distance}`,
      );
    }
    this.#options.say(
      `\nExasol to typed batches: ${formatCount(rows)} rows in ${formatCount(batches)} batches over ${NODES} tunnels, ${formatDuration(ms)}, ` +
        `${formatCount(rows / (ms / 1000))} rows/s; ${formatCount(distance)} miles flown.`,
    );
  }

  /** A node dies in the middle of an export: an error, no files; and the connection goes on. */
  async #loseNode(): Promise<void> {
    const { say } = this.#options;
    const to = join(this.#folder, 'never-%d.csv');
    await this.#cluster.letNodeDie(DYING, DYING_AFTER_BYTES);
    const failure = await this.#exa
      .exportParallel({ from: FLIGHTS, to, workers: NODES })
      .catch((error: unknown) => error);
    const openTunnels = await this.#cluster.heal();
    if (!(failure instanceof ExasolTransferError)) {
      this.#differences.push(`a node died during an export, and it gave ${String(failure)}`);
      return;
    }
    const left = (await readdir(this.#folder)).filter((name) => name.startsWith('never-'));
    if (left.length > 0 || openTunnels > 0) {
      this.#differences.push(
        `after a failed export: files ${left.join(', ')}, ${openTunnels} tunnels`,
      );
    }
    say(
      `\nA node dies after ${formatCount(DYING_AFTER_BYTES)} bytes of stream ${DYING}, in the middle of an export:\n` +
        `  ${failure.name}: ${failure.message}\n  Files left: ${left.length}. Tunnels open: ${openTunnels}.`,
    );
    const again = join(this.#folder, 'again-%d.csv');
    await this.#show(
      'The next call, on the same connection, with a query',
      () => this.#exa.exportParallel({ from: LONG_FLIGHTS, to: again, workers: NODES }),
      again,
    );
  }
}

/** None of the flights' texts holds a line end. */
async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const bytes of createReadStream(path) as AsyncIterable<Uint8Array>) {
    for (const byte of bytes) if (byte === 10) lines += 1;
  }
  return lines;
}
