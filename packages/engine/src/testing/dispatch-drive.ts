/** Statements sent by a dispatcher itself, for the tests of this package. */
import { readCall } from '../call-request.js';
import { CallScope } from '../call-scope.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { type CallOptions, type ConnectOptions, readSettings, serverAddress } from '../options.js';
import type { PlanStep } from '../plan/distributed-plan.js';
import { collectRows } from '../result/collect-rows.js';
import { type PlanStarter, Statement, type StatementOptions } from '../statement.js';

export function newDispatcher(
  options: ConnectOptions,
  { stagingUrl }: { readonly stagingUrl?: string } = {},
): Dispatcher {
  const settings = readSettings(options);
  const addresses = settings.shards.map(({ servers }) =>
    servers.map((server, number) => serverAddress(server, settings, { readOnly: number > 0 })),
  );
  const server = { url: stagingUrl ?? '', place: 'staging' };
  const address = serverAddress(server, settings, { readOnly: false });
  const stagingServer = stagingUrl === undefined ? {} : { stagingServer: { server, address } };
  return new Dispatcher({ ...settings, addresses, ...stagingServer });
}

export interface DriveOptions
  extends Pick<CallOptions, 'signal' | 'shardErrors' | 'onProgress'>,
    Pick<StatementOptions, 'columns' | 'hiddenColumns'> {
  /** Whether the statement may run at once where it is known. Default true. */
  readonly keepsAll?: boolean;
}

/** Starts a step of a plan. Settles when its shards have accepted it. */
export function startStep(
  starter: PlanStarter,
  step: PlanStep,
  { keepsAll = true, columns, hiddenColumns = 0, ...options }: DriveOptions = {},
): Promise<Statement> {
  // What a call would say, over any shards.
  const settings = readSettings({ shards: ['postgres://any'] });
  const asked = { mode: 'union', rowMode: 'array', ...options } as const;
  const request = readCall('', [], asked, settings);
  const scope = new CallScope(options);
  const shown = columns && { columns };
  return Statement.start(starter, { step, request, scope, keepsAll, hiddenColumns, ...shown });
}

/** Starts a statement on some shards. Settles when they have accepted it. */
export function startOn(
  starter: PlanStarter,
  shards: readonly number[],
  sql: string,
  options: DriveOptions = {},
): Promise<Statement> {
  return startStep(starter, { parts: shards.map((shard) => ({ shard, sql })) }, options);
}

/** All rows of a statement on some shards, as arrays. */
export async function rowsOn(
  starter: PlanStarter,
  shards: readonly number[],
  sql: string,
  options?: DriveOptions,
): Promise<unknown[][]> {
  return rowsOf(await startOn(starter, shards, sql, options));
}

export async function rowsOf({ execution, schema, builder }: Statement): Promise<unknown[][]> {
  return (await collectRows(execution, schema, builder)) as unknown[][];
}
