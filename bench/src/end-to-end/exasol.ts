import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInChild } from '../harness/child-process.js';
import { type Run, runRounds } from '../harness/rounds.js';
import type { BenchOptions } from '../options.js';
import { openPyexasol, type Pyexasol } from '../peers/pyexasol.js';
import { type FastCluster, startFastCluster } from '../servers/fast-cluster.js';
import { type ExasolEnd, type ExasolRace, exasolRaces, memoryEnds } from './exasol-jobs.js';
import { type ExasolOutcome, type ExasolPlace, runJob, writeSources } from './exasol-once.js';
import type { ExasolSetupInput, ExasolSetupResult } from './exasol-setup-run.js';

/** Everything the Exasol case found. */
export interface ExasolResult {
  readonly rows: number;
  readonly bytes: number;
  readonly nodes: number;
  /** Who could not take part, and why. */
  readonly notes: readonly string[];
  readonly races: readonly {
    readonly race: ExasolRace;
    readonly runs: readonly Run<ExasolOutcome>[];
  }[];
  readonly memory: readonly ExasolMemory[];
  readonly setups: readonly ExasolSetupResult[];
}

/** The runs of one end with a quarter of the rows, and with all. */
export interface ExasolMemory {
  readonly end: ExasolEnd;
  readonly runs: readonly Run<ExasolOutcome>[];
}

interface Setting extends ExasolPlace {
  readonly options: BenchOptions;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const setupModule = new URL('./exasol-setup-run.js', import.meta.url).href;
const tunnels = 4;
/** Blocks of the runs in which every value is looked at. */
const verifiedBlocks = 32;

/** Verifies each contender of each race, then times them in turns. @throws at the first result that is not right */
export async function runExasol(
  options: BenchOptions,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<ExasolResult> {
  const nodes = options.shards;
  const cluster = await startFastCluster(nodes);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-exasol-'));
  const pyexasol = await openPyexasol();
  try {
    const missing = 'missing' in pyexasol ? pyexasol.missing : undefined;
    const peer: Pyexasol | undefined = 'missing' in pyexasol ? undefined : pyexasol;
    const place = { cluster, folder, pyexasol: peer, timeoutMs: options.timeoutMs };
    const setting: Setting = { ...place, options, log, signal };
    const rows = wholeRows(options.rows * options.shards, cluster);
    log(`exasol: ${nodes} nodes, ${rows} rows; pyexasol: ${missing ?? peer?.version}`);
    const races: { race: ExasolRace; runs: readonly Run<ExasolOutcome>[] }[] = [];
    for (const race of taking(options.only, peer)) {
      races.push({ race, runs: await runRace(race, rows, setting) });
    }
    const others = options.only.length === 0;
    return {
      rows,
      bytes: (rows / cluster.block.rows) * cluster.block.bytes,
      nodes,
      notes: [
        missing === undefined
          ? `pyexasol ${peer?.version}, run by python3 from its source`
          : `pyexasol takes no part: ${missing}`,
      ],
      races,
      memory: others ? await runMemory(rows, setting) : [],
      setups: others ? await runSetups(setting) : [],
    };
  } finally {
    if (!('missing' in pyexasol)) await pyexasol.close();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function taking(only: readonly string[], peer: Pyexasol | undefined): readonly ExasolRace[] {
  const known = exasolRaces.map(({ name }) => name);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new RangeError(`no race ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return exasolRaces.filter(
    ({ name, against }) =>
      (only.length === 0 || only.includes(name)) && (peer !== undefined || against !== 'pyexasol'),
  );
}

/** As many whole blocks for each of four tunnels. */
function wholeRows(rows: number, { block }: FastCluster): number {
  const step = block.rows * tunnels;
  return Math.ceil(rows / step) * step;
}

async function runRace(
  race: ExasolRace,
  rows: number,
  setting: Setting,
): Promise<Run<ExasolOutcome>[]> {
  const { cluster, options, log, signal } = setting;
  const actors = [race.against, 'millrace'] as const;
  const few = cluster.block.rows * verifiedBlocks;
  await writeSources(race, Math.min(few, rows), setting);
  for (const actor of actors) {
    signal.throwIfAborted();
    await runJob(actor, { ...race, rows: Math.min(few, rows), purpose: 'verify' }, setting);
  }
  log(`  ${race.name}: verified`);
  await writeSources(race, rows, setting);
  return await runRounds(actors, options.rounds, async (actor, round) => {
    signal.throwIfAborted();
    const outcome = await runJob(actor, { ...race, rows, purpose: 'timed' }, setting);
    log(`  ${race.name}, round ${round + 1}, ${actor}: ${outcome.wallMs.toFixed(0)} ms`);
    return outcome;
  });
}

async function runMemory(all: number, setting: Setting): Promise<ExasolMemory[]> {
  const { cluster, options, log, signal } = setting;
  const volumes = { small: wholeRows(all / 4, cluster), large: all };
  const results: ExasolMemory[] = [];
  for (const end of memoryEnds) {
    const job = { end, tunnels, wire: 'plain', purpose: 'timed' } as const;
    const runs = await runRounds(['small', 'large'], options.rounds, async (volume, round) => {
      signal.throwIfAborted();
      const rows = volumes[volume as keyof typeof volumes];
      await writeSources(job, rows, setting);
      const outcome = await runJob('millrace', { ...job, rows }, setting);
      const peak = (outcome.measured?.peakRssBytes ?? Number.NaN) / 1e6;
      log(`  memory, ${end}, ${volume}, round ${round + 1}: ${peak.toFixed(0)} MB`);
      return outcome;
    });
    results.push({ end, runs });
  }
  return results;
}

async function runSetups({ cluster, options, log, signal }: Setting): Promise<ExasolSetupResult[]> {
  const input = { cluster, tunnels, turns: options.small ? 3 : 20 };
  const results: ExasolSetupResult[] = [];
  for (let round = 0; round < options.rounds; round++) {
    signal.throwIfAborted();
    results.push(
      await runInChild<ExasolSetupInput, ExasolSetupResult>(setupModule, input, options.timeoutMs),
    );
    log(`  set-up, round ${round + 1}: ${results.at(-1)?.firstSetupMs.toFixed(0)} ms at first`);
  }
  return results;
}
