import type { ExasolResult } from '../end-to-end/exasol.js';
import type { ExasolRace } from '../end-to-end/exasol-jobs.js';
import type { ExasolOutcome } from '../end-to-end/exasol-once.js';
import type { ExasolSetupResult } from '../end-to-end/exasol-setup-run.js';
import { median, medianOf, pairedRatios } from '../harness/statistics.js';
import { atLeast, atMost, type Bar } from './bar.js';
import { number, textTable } from './text-table.js';

type Metric = (outcome: ExasolOutcome) => number;
type RaceRuns = ExasolResult['races'][number];

const wall: Metric = ({ wallMs }) => wallMs;
const peakMegabytes: Metric = ({ measured }) => (measured?.peakRssBytes ?? Number.NaN) / 1e6;
const loopP99: Metric = ({ measured }) => measured?.loopDelayMs.p99 ?? Number.NaN;
const cpu: Metric = ({ measured }) => measured?.cpuMs ?? Number.NaN;

/** The tables of the Exasol case, for people. */
export function exasolText(result: ExasolResult): string[] {
  const { rows, bytes, nodes, notes, races, memory, setups } = result;
  return [
    `exasol: ${rows} rows × 10 columns, ${number(bytes / 1e6)} MB of CSV, ${nodes} simulated nodes`,
    ...notes,
    '',
    ...textTable(
      [
        'tunnels',
        'floor ms',
        'pyexasol ms',
        'its set-up',
        'millrace ms',
        'ratio',
        'CPU ms',
        'peak MB',
        'loop p99',
      ],
      races.map((one) => raceRow(one)),
    ),
    ...(memory.length === 0 ? [] : ['', ...memoryTable(result)]),
    ...(setups.length === 0 ? [] : ['', ...setupTable(setups)]),
  ];
}

/** The bars that what was run allows to judge. */
export function exasolBars({ races, memory, setups }: ExasolResult): Bar[] {
  const bars = races.map(({ race, runs }) =>
    race.against === 'floor'
      ? atMost(`${nameOf(race)}: wall over the floor`, ratioOf({ race, runs }), race.limit, '×')
      : atLeast(`${nameOf(race)}: faster than pyexasol`, ratioOf({ race, runs }), race.limit, '×'),
  );
  const setup = (name: string, metric: (one: ExasolSetupResult) => number, limit: number): Bar =>
    atMost(name, median(setups.map(metric)), limit, ' ms');
  return [
    ...bars,
    setup('set-up of 4 TLS tunnels, first call', (one) => one.firstSetupMs, 60),
    setup('set-up of 4 TLS tunnels, later calls', (one) => one.setupMs, 60),
    setup('SQL error, all tunnels closed, first call', (one) => one.firstErrorMs, 100),
    setup('SQL error, all tunnels closed, later calls', (one) => one.errorMs, 100),
    ...memory.flatMap(({ end, runs }) => [
      atMost(`${end}, 4 tunnels: peak memory`, medianOf(runs, 'large', peakMegabytes), 250, ' MB'),
      atMost(`${end}, 4 tunnels: event loop p99`, medianOf(runs, 'large', loopP99), 10, ' ms'),
    ]),
  ].filter((bar) => !Number.isNaN(bar.value));
}

function nameOf({ end, tunnels, wire }: ExasolRace): string {
  return `${end}, ${tunnels} ${tunnels === 1 ? 'tunnel' : 'tunnels'}, ${wire}`;
}

/** Of the floor's time, or of pyexasol's over ours. */
function ratioOf({ race, runs }: RaceRuns): number {
  return race.against === 'floor'
    ? median(pairedRatios(runs, 'millrace', 'floor', wall))
    : median(pairedRatios(runs, 'pyexasol', 'millrace', wall));
}

function raceRow({ race, runs }: RaceRuns): string[] {
  const of = (contender: string, metric: Metric): string =>
    number(medianOf(runs, contender, metric));
  return [
    nameOf(race),
    of('floor', wall),
    of('pyexasol', wall),
    of('pyexasol', ({ setupMs }) => setupMs ?? Number.NaN),
    of('millrace', wall),
    `${number(ratioOf({ race, runs }))}×`,
    of('millrace', cpu),
    of('millrace', peakMegabytes),
    of('millrace', loopP99),
  ];
}

function memoryTable({ memory, rows }: ExasolResult): string[] {
  const of = (runs: RaceRuns['runs'], volume: string, metric: Metric): string =>
    number(medianOf(runs, volume, metric));
  return textTable(
    ['4 tunnels, plain', 'peak MB, a quarter', `peak MB, ${rows} rows`, 'loop p99 ms', 'wall ms'],
    memory.map(({ end, runs }) => [
      end,
      of(runs, 'small', peakMegabytes),
      of(runs, 'large', peakMegabytes),
      of(runs, 'large', loopP99),
      of(runs, 'large', wall),
    ]),
  );
}

function setupTable(setups: readonly ExasolSetupResult[]): string[] {
  const of = (metric: (one: ExasolSetupResult) => number): string =>
    number(median(setups.map(metric)));
  return textTable(
    ['4 TLS tunnels', 'first call ms', 'later ms'],
    [
      ['until the node has the statement', of((one) => one.firstSetupMs), of((one) => one.setupMs)],
      ['until an SQL error is told', of((one) => one.firstErrorMs), of((one) => one.errorMs)],
    ],
  );
}
