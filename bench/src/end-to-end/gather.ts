import { type Checksum, checksumDifferences } from '../checksum/gather-checksum.js';
import { serverChecksum } from '../checksum/server-checksum.js';
import { fillShard } from '../dataset/gather-data.js';
import { runInChild } from '../harness/child-process.js';
import { type Run, runRounds } from '../harness/rounds.js';
import type { Gathered, Purpose } from '../peers/contender.js';
import { openShards } from '../servers/bench-shards.js';
import { type GatherContender, gatherContenders } from './gather-contenders.js';
import type { GatherRunInput, GatherRunResult } from './gather-run.js';

/** How large, how often, and who. */
export interface GatherOptions {
  readonly rows: number;
  readonly shards: number;
  readonly rounds: number;
  /** Names of contenders; all when empty. */
  readonly only: readonly string[];
  readonly timeoutMs: number;
  readonly log: (line: string) => void;
}

/** How a contender's checksum compared with the servers'. */
export interface Verification {
  readonly contender: string;
  readonly rows: number;
  /** What differs; empty when every value arrived. */
  readonly differences: readonly string[];
}

/** Everything the gather case found. */
export interface GatherResult {
  readonly rows: number;
  readonly shards: number;
  readonly serverVersion: string;
  readonly servers: string;
  readonly contenders: readonly GatherContender[];
  readonly expected: Checksum;
  readonly verifications: readonly Verification[];
  readonly runs: readonly Run<GatherRunResult>[];
}

const runModule = new URL('./gather-run.js', import.meta.url).href;

type RunOnce = (contender: GatherContender, purpose: Purpose) => Promise<GatherRunResult>;

/** Fills the shards, verifies every contender once, then times them in turns. */
export async function runGather(
  options: GatherOptions,
  signal: AbortSignal,
): Promise<GatherResult> {
  const { rows, rounds, log } = options;
  const opened = await openShards(options.shards, log);
  try {
    const { urls, serverVersion, servers } = opened;
    const shards = urls.length;
    log(`gather: ${shards} × ${rows} rows, ${servers}, PostgreSQL ${serverVersion}`);
    await Promise.all(urls.map((url, shard) => fillShard(url, { shard, shards, rows })));
    const expected = await serverChecksum(urls);
    const contenders = selectContenders(options.only);
    const runOnce: RunOnce = (contender, purpose) => {
      signal.throwIfAborted();
      const input = { module: contender.module.href, target: { urls }, purpose };
      return runInChild<GatherRunInput, GatherRunResult>(runModule, input, options.timeoutMs);
    };
    const verifications: Verification[] = [];
    for (const contender of contenders) {
      verifications.push(await verify(contender, expected, runOnce));
      log(verificationLine(verifications.at(-1) as Verification));
    }
    const runs = await timeAll(contenders, { rounds, expected, log }, runOnce);
    return { rows, shards, serverVersion, servers, contenders, expected, verifications, runs };
  } finally {
    await opened.stop();
  }
}

async function verify(
  contender: GatherContender,
  expected: Checksum,
  runOnce: RunOnce,
): Promise<Verification> {
  const { gathered } = await runOnce(contender, 'verify');
  const differences = compare(contender, expected, gathered);
  return { contender: contender.name, rows: gathered.rows, differences };
}

function verificationLine({ contender, differences }: Verification): string {
  return `  verify ${contender}: ${differences.length === 0 ? 'equal' : differences.join('; ')}`;
}

function timeAll(
  contenders: readonly GatherContender[],
  { rounds, expected, log }: { rounds: number; expected: Checksum; log: (line: string) => void },
  runOnce: RunOnce,
): Promise<Run<GatherRunResult>[]> {
  const byName = new Map(contenders.map((contender) => [contender.name, contender]));
  return runRounds([...byName.keys()], rounds, async (name, round) => {
    const outcome = await runOnce(byName.get(name) as GatherContender, 'timed');
    const [wall, cpu] = [outcome.wallMs.toFixed(0), outcome.cpuMs.toFixed(0)];
    log(`  round ${round + 1} ${name}: ${wall} ms, CPU ${cpu} ms`);
    expectRows(name, outcome, expected);
    return outcome;
  });
}

function selectContenders(only: readonly string[]): readonly GatherContender[] {
  const unknown = only.filter(
    (name) => !gatherContenders.some((contender) => contender.name === name),
  );
  if (unknown.length > 0) {
    const known = gatherContenders.map((contender) => contender.name).join(', ');
    throw new RangeError(`no contender ${unknown.join(', ')}; there are ${known}`);
  }
  return only.length === 0
    ? gatherContenders
    : gatherContenders.filter((contender) => only.includes(contender.name));
}

function compare(
  contender: GatherContender,
  expected: Checksum,
  { rows, checksum }: Gathered,
): string[] {
  const wanted = expected.rows?.values ?? 0;
  if (rows !== wanted) return [`${rows} rows came of ${wanted}`];
  if (!contender.decodes) return [];
  return checksum === undefined ? ['no checksum came'] : checksumDifferences(expected, checksum);
}

/** A timed run that lost rows is no run: fail at once. */
function expectRows(name: string, outcome: GatherRunResult, expected: Checksum): void {
  const wanted = expected.rows?.values;
  if (outcome.gathered.rows !== wanted) {
    throw new Error(`${name} gave ${outcome.gathered.rows} rows of ${wanted} in a timed run`);
  }
}
