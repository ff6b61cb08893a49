import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { exportStatement, openSession } from '@millrace/exasol';
import type { FastCluster } from '../servers/fast-cluster.js';

/** The same tunnels, of the same statement; what arrives is counted, and not looked at but for its last bytes. */
export interface ExasolFloor {
  /** @returns rows by the statement, and bytes as they came: the framing of chunks is among them */
  count(rows: number): Promise<{ rows: number; wireBytes: number }>;
  close(): Promise<void>;
}

/** What a thread says: the addresses of its tunnels, then the bytes of each. */
export type FloorMessage = { readonly addresses: string[] } | { readonly bytes: number };

/** As many threads as Millrace has for as many tunnels: one a core at most. */
export async function openFloor(cluster: FastCluster, tunnels: number): Promise<ExasolFloor> {
  const { dsn, hosts, port, user, password } = cluster;
  const session = await openSession({ dsn, user, password });
  const threads = Math.min(availableParallelism(), tunnels);
  const nodes = Array.from({ length: tunnels }, (_, index) => hosts[index % hosts.length]);
  const entry = new URL('./exasol-floor-thread.js', import.meta.url);
  const workers = Array.from(
    { length: threads },
    (_, thread) =>
      new Worker(entry, {
        workerData: { port, hosts: nodes.filter((_host, index) => index % threads === thread) },
      }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return {
    async count(rows) {
      const opened = await Promise.all(workers.map((worker) => ask(worker)));
      const addresses = opened.flatMap((message) =>
        'addresses' in message ? message.addresses : [],
      );
      const counted = workers.map(answer);
      const sql = exportStatement({ from: `rows_${rows}`, addresses, encryption: false });
      const result = await session.execute(sql);
      const counts = await Promise.all(counted);
      const wireBytes = counts.reduce(
        (sum, message) => sum + ('bytes' in message ? message.bytes : 0),
        0,
      );
      return { rows: result.rowCount, wireBytes };
    },
    async close() {
      await session.close();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ask(worker: Worker): Promise<FloorMessage> {
  worker.postMessage('open');
  return answer(worker);
}

async function answer(worker: Worker): Promise<FloorMessage> {
  const [message] = (await once(worker, 'message')) as [FloorMessage];
  return message;
}
