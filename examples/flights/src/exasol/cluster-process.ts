/**
 * The simulated Exasol cluster as a process of its own, so that its work is not on the demo's threads. It lives as long as the
 * channel to its parent, however that ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startExasolCluster } from '@millrace/test';
import type { ClusterOrder, ClusterWord } from './simulated-cluster.js';

const nodes = Number(process.argv[2]);
const cluster = await startExasolCluster({ nodes });

/** A node learns of a tunnel's end a moment after the client has made it. */
const CLOSING_MS = 2_000;

process.on('message', async ({ death }: ClusterOrder) => {
  if (death === undefined) cluster.heal();
  else cluster.faults.death = { at: 'inside-chunk', by: 'reset', ...death };
  const until = performance.now() + CLOSING_MS;
  while (cluster.openTunnels().length > 0 && performance.now() < until) await delay(10);
  tell({ kind: 'done', openTunnels: cluster.openTunnels().length });
});
process.once('disconnect', () => cluster.stop());
// It may have ended while the cluster started.
if (!process.connected) await cluster.stop();

const { dsn, user, password } = cluster;
tell({ kind: 'ready', dsn, user, password });

function tell(word: ClusterWord): void {
  if (process.connected) process.send?.(word);
}
