/** The entry of a thread: piscina calls the default export for each task. */

import { workerData } from 'node:worker_threads';
import { createMerge } from '@millrace/operators';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { ConnectionCache } from './connection-cache.js';
import { runConnectorTask } from './connector/connector-task.js';
import { runCopyIn } from './copy/copy-in-task.js';
import { runCopyOut } from './copy/copy-out-task.js';
import { describeForPlan, type KnownTypes } from './describe-for-plan.js';
import { type ErrorEnvelope, toEnvelope } from './error-envelope.js';
import { runMergeTask } from './merge-task.js';
import type {
  Opening,
  Planning,
  ThreadControl,
  ThreadSettings,
  ThreadStatistics,
  ThreadTask,
} from './protocol.js';
import { SessionLedger } from './session-ledger.js';
import { runShardTask, type ShardTaskContext } from './shard-task.js';
import { serveLine } from './statement-line.js';
import { runTransportTask } from './transport/transport-task.js';

const settings = workerData as ThreadSettings;
const context: ShardTaskContext = {
  settings,
  connections: new ConnectionCache(
    settings.shards,
    settings.connectionsPerShard,
    new SessionLedger(settings.ledger),
  ),
  typeNames: new Map(),
};

/** Types by shard: a user's have other OIDs on each. */
const knownTypes = new Map<number, KnownTypes>();

const control: ThreadControl = {
  async describe(shard: number, statements: readonly string[]): Promise<Planning> {
    const { connections } = context;
    try {
      const connection = await connections.acquire(shard);
      try {
        const known = knownTypes.get(shard) ?? new Map();
        knownTypes.set(shard, known);
        return { descriptions: await describeForPlan(connection, statements, known) };
      } finally {
        await connections.release(shard, connection);
      }
    } catch (error) {
      return { error: toEnvelope(error) };
    }
  },

  async open(shard: number): Promise<Opening> {
    try {
      return { tied: await context.connections.open(shard) };
    } catch (error) {
      return { error: toEnvelope(error) };
    }
  },

  async transaction(session, shard, step): Promise<ErrorEnvelope | undefined> {
    try {
      await context.connections.sessions.step(session, shard, step);
      return undefined;
    } catch (error) {
      return toEnvelope(error);
    }
  },

  endSession: (session, shard) => context.connections.sessions.end(session, shard),

  statistics(): ThreadStatistics {
    return {
      connections: context.connections.statistics(),
      heapUsedBytes: process.memoryUsage().heapUsed,
    };
  },

  close: () => context.connections.close(),
};

// biome-ignore lint/style/noDefaultExport: piscina runs a module's default export.
export default async function runTask(task: ThreadTask): Promise<void> {
  if (task.kind === 'line') return serveLine(task.port, (each) => runShardTask(each, context));
  if (task.kind === 'merge') {
    return runMergeTask(task, { verify: settings.verify, createMerge });
  }
  if (task.kind === 'copy-out') return runCopyOut(task, context);
  if (task.kind === 'copy-in') return runCopyIn(task, context);
  if (task.kind === 'connector') return runConnectorTask(task);
  if (task.kind === 'transport') return runTransportTask(task);
  expose(control, nodeEndpoint(task.port));
}
