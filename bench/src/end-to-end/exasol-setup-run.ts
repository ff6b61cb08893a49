/** How long tunnels take to be ready, and an error to be told, in a child process. */
import type { ExasolConnection } from '@millrace/engine';
import { median } from '../harness/statistics.js';
import { connectFast } from '../ours/exasol.js';
import type { FastCluster } from '../servers/fast-cluster.js';

/** What the child is told. */
export interface ExasolSetupInput {
  readonly cluster: FastCluster;
  readonly tunnels: number;
  readonly turns: number;
}

/** In milliseconds; first calls of a connection, and the medians of later ones. */
export interface ExasolSetupResult {
  /** From the call until the node had the statement, which names all tunnels. */
  readonly firstSetupMs: number;
  readonly setupMs: number;
  /** From the call of a statement that fails at once until the call has failed, and no tunnel is open. */
  readonly firstErrorMs: number;
  readonly errorMs: number;
}

const to = new URL('../ours/exasol-drop.js', import.meta.url);

export async function run({
  cluster,
  tunnels,
  turns,
}: ExasolSetupInput): Promise<ExasolSetupResult> {
  const setups = await turnsOn(cluster, turns, (exa) => setup(exa, tunnels, cluster.block.rows));
  const errors = await turnsOn(cluster, turns, (exa) => failure(exa, tunnels));
  return {
    firstSetupMs: setups.first,
    setupMs: setups.later,
    firstErrorMs: errors.first,
    errorMs: errors.later,
  };
}

async function turnsOn(
  cluster: FastCluster,
  turns: number,
  turn: (exa: ExasolConnection) => Promise<number>,
): Promise<{ first: number; later: number }> {
  const exa = await connectFast(cluster);
  try {
    const first = await turn(exa);
    const later: number[] = [];
    for (let count = 0; count < turns; count++) later.push(await turn(exa));
    return { first, later: median(later) };
  } finally {
    await exa.close();
  }
}

async function setup(exa: ExasolConnection, tunnels: number, rows: number): Promise<number> {
  const start = monotonicMs();
  await exa.exportParallel({ from: `rows_${rows}`, to, workers: tunnels, encryption: true });
  const { rowCount: arrivedAtMicros } = await exa.execute('SHOW ARRIVAL');
  return arrivedAtMicros / 1000 - start;
}

async function failure(exa: ExasolConnection, tunnels: number): Promise<number> {
  const start = monotonicMs();
  const error = await exa
    .exportParallel({ from: 'fails', to, workers: tunnels, encryption: true })
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (!(error instanceof Error) || !/FAILS not found/.test(`${error.message} ${error.cause}`)) {
    throw new Error('the statement did not fail as it should', { cause: error });
  }
  while ((await exa.execute('SHOW TUNNELS')).rowCount > 0);
  return monotonicMs() - start;
}

/** The clock that the nodes have, too. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
