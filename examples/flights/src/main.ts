/**
 * The demo: starts PostgreSQL servers, loads three million flights split by origin, asks questions of all of them at
 * once, brings every row home, and checks what it saw against known figures.
 *
 * `--shards N` (default 4), `--small` (one row group, 272,727 flights), `--shell` (load, then keep the servers until
 * Ctrl-C, for questions of one's own), `--exasol` (load, then parallel transfers with a simulated Exasol cluster).
 * Exit codes: 0 all figures agree, 1 a figure differs or something failed, 2 usage.
 */
import { parseArgs } from 'node:util';
import { connect, type Database } from '@millrace/engine';
import { type Contenders, compareAllFlights, compareAnswers } from './comparison.js';
import { tourExasol } from './exasol/exasol-tour.js';
import {
  AIRPORTS,
  ALL_FIGURES,
  compareFigures,
  type Figures,
  SMALL_FIGURES,
} from './known-figures.js';
import { type LoadReport, loadFlights } from './load-flights.js';
import { showLoadProgress } from './load-progress.js';
import { PlainPg } from './plain-pg.js';
import { questions, TOTALS } from './questions.js';
import { startServers } from './servers.js';
import { shellText, untilInterrupted } from './shell.js';
import { formatCount, formatDuration, outputStyle } from './tables.js';

interface DemoOptions {
  readonly shards: number;
  readonly small: boolean;
  readonly shell: boolean;
  readonly exasol: boolean;
}

const USAGE = `npm run demo -- [options]

  --shards N  so many PostgreSQL servers, 1 to 64 (default 4)
  --small     272,727 flights instead of 3,000,000
  --shell     load, then keep the servers up for questions of your own, until Ctrl-C
  --exasol    load, then copy, export, import and stream in parallel, with a simulated Exasol cluster
  --help      this
`;

/** Runs the demo; the result is the process's exit code. */
async function main(options: DemoOptions): Promise<number> {
  const started = performance.now();
  const { servers, notice } = await startServers(options.shards);
  try {
    say(`${notice}, ready after ${formatDuration(performance.now() - started)}.`);
    const report = await load(servers.urls, options.small);
    if (options.shell) {
      say(shellText(servers.urls));
      await untilInterrupted();
      return 0;
    }
    const known = options.small ? SMALL_FIGURES : ALL_FIGURES;
    const visit = options.exasol ? tour : explore;
    const differences = await visit(servers.urls, known);
    if (report.airports !== AIRPORTS)
      differences.push(`airports: found ${report.airports}, known ${AIRPORTS}`);
    for (const difference of differences) process.stderr.write(`DIFFERS  ${difference}\n`);
    const verdict =
      differences.length === 0
        ? 'All figures agree with those counted from the file.'
        : 'Some figures differ.';
    say(`\n${verdict} The whole run took ${formatDuration(performance.now() - started)}.`);
    if (!options.exasol) say('Parallel transfers with Exasol: npm run demo -- --exasol');
    return differences.length === 0 ? 0 : 1;
  } finally {
    await servers.stop();
  }
}

async function load(urls: readonly string[], small: boolean): Promise<LoadReport> {
  const progress = showLoadProgress(process.stderr);
  try {
    const report = await loadFlights({
      shards: urls.map((url) => ({ url })),
      ...(small ? { rowGroups: 1 } : {}),
      onProgress: (state) => progress.update(state),
    });
    progress.stop();
    const perShard = report.shards.map(({ flights }) => formatCount(flights)).join(' + ');
    say(
      `${formatCount(report.flights)} flights (${perShard}, by the hash of their origin) and ${formatCount(report.airports)} airports ` +
        `on each, in ${formatDuration(report.copyMs + report.analyzeMs)}.`,
    );
    return report;
  } finally {
    progress.stop();
  }
}

/** Asks everything and returns what differs from the known figures, or between Millrace and `pg`. */
async function explore(urls: readonly string[], known: Figures): Promise<string[]> {
  const db = await connectFlights(urls);
  try {
    const pg = await PlainPg.connect(urls);
    try {
      const contenders: Contenders = { db, pg, style: outputStyle(), say };
      const differences = await compareAnswers(contenders, questions);
      differences.push(...(await compareTotals(db, known)));
      differences.push(...(await compareAllFlights(contenders, known)));
      return differences;
    } finally {
      await pg.close();
    }
  } finally {
    await db.close();
  }
}

/** Moves the flights through Exasol and returns what differs from the known figures, or from what PostgreSQL has. */
async function tour(urls: readonly string[], known: Figures): Promise<string[]> {
  const db = await connectFlights(urls);
  try {
    const differences = await compareTotals(db, known);
    return [...differences, ...(await tourExasol({ db, style: outputStyle(), say }))];
  } finally {
    await db.close();
  }
}

function connectFlights(urls: readonly string[]): Promise<Database> {
  return connect({
    shards: [...urls],
    tables: { flights: { key: 'origin', by: 'hash' }, airports: 'replicated' },
  });
}

async function compareTotals(db: Database, known: Figures): Promise<string[]> {
  const { rows } = await db.query<Figures>(TOTALS);
  return compareFigures(rows[0] ?? {}, known);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readOptions(): DemoOptions | 'help' | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      options: {
        shards: { type: 'string', default: '4' },
        small: { type: 'boolean', default: false },
        shell: { type: 'boolean', default: false },
        exasol: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const { small, shell, exasol } = values;
    const shards = Number(values.shards);
    if (!Number.isInteger(shards) || shards < 1 || shards > 64)
      return { wrong: `--shards takes a number from 1 to 64, not ${values.shards}` };
    if (shell && exasol) return { wrong: '--shell and --exasol exclude each other' };
    return { shards, small, shell, exasol };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

const options = readOptions();
if (options === 'help') {
  process.stdout.write(USAGE);
} else if ('wrong' in options) {
  process.stderr.write(`${options.wrong}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  process.exitCode = await main(options);
}
