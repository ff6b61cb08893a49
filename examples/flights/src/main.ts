/**
 * The demo: starts PostgreSQL servers, loads three million flights split by origin, asks questions of all of them at
 * once, brings every row home, and checks what it saw against known figures.
 *
 * `--shards N` (default 4), `--small` (one row group, 272,727 flights), `--shell` (load, then keep the servers until
 * Ctrl-C, for questions of one's own).
 * Exit codes: 0 all figures agree, 1 a figure differs or something failed, 2 usage.
 */
import { parseArgs } from 'node:util';
import { connect } from '@millrace/engine';
import { type Contenders, compareAllFlights, compareAnswers } from './comparison.js';
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
}

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
    const differences = await explore(servers.urls, options.small);
    if (report.airports !== AIRPORTS)
      differences.push(`airports: found ${report.airports}, known ${AIRPORTS}`);
    for (const difference of differences) process.stderr.write(`DIFFERS  ${difference}\n`);
    const verdict =
      differences.length === 0
        ? 'All figures agree with those counted from the file.'
        : 'Some figures differ.';
    say(`\n${verdict} The whole run took ${formatDuration(performance.now() - started)}.`);
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
async function explore(urls: readonly string[], small: boolean): Promise<string[]> {
  const db = await connect({
    shards: [...urls],
    tables: { flights: { key: 'origin', by: 'hash' }, airports: 'replicated' },
  });
  try {
    const pg = await PlainPg.connect(urls);
    try {
      const contenders: Contenders = { db, pg, style: outputStyle(), say };
      const known = small ? SMALL_FIGURES : ALL_FIGURES;
      const differences = await compareAnswers(contenders, questions);
      const totals = await db.query<Figures>(TOTALS);
      differences.push(...compareFigures(totals.rows[0] ?? {}, known));
      differences.push(...(await compareAllFlights(contenders, known)));
      return differences;
    } finally {
      await pg.close();
    }
  } finally {
    await db.close();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readOptions(): DemoOptions | string {
  try {
    const { values } = parseArgs({
      options: {
        shards: { type: 'string', default: '4' },
        small: { type: 'boolean', default: false },
        shell: { type: 'boolean', default: false },
      },
    });
    const shards = Number(values.shards);
    if (!Number.isInteger(shards) || shards < 1 || shards > 64)
      return `--shards takes a number from 1 to 64, not ${values.shards}`;
    return { shards, small: values.small, shell: values.shell };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const options = readOptions();
if (typeof options === 'string') {
  process.stderr.write(`${options}\nusage: main.js [--shards N] [--small] [--shell]\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await main(options);
}
