import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { LineReport, LineRequest, LineStatement } from '@millrace/worker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StatementLine } from './statement-line.js';

let port: MessagePort;
let thread: MessagePort;
let line: StatementLine;

beforeEach(() => {
  const channel = new MessageChannel();
  port = channel.port1;
  thread = channel.port2;
  line = new StatementLine(port);
});
afterEach(() => thread.close());

/** Only what the line looks at. */
const statement = { kind: 'shard', sql: 'select 1' } as LineStatement;
const report = (...reports: LineReport[]): void => thread.postMessage(reports);

/** The types of Node know nothing of it. */
const keepsRunning = (): boolean => (port as MessagePort & { hasRef(): boolean }).hasRef();

async function received(): Promise<LineRequest> {
  const [request] = await once(thread, 'message');
  return request as LineRequest;
}

test('a statement hears what is said of it, and then that it has settled', async () => {
  const sent = line.open();
  const heard: unknown[] = [];
  sent.on('message', (messages) => heard.push(messages));
  const run = sent.run(statement);
  const { id } = await received();
  const said = { kind: 'progress', rowCount: 1, byteCount: 2 } as const;
  report({ id: id + 1, messages: [said] }, { id, messages: [said] });
  report({ id, messages: [], settled: 'well' }, { id, messages: [said] });
  await run;
  expect(heard).toEqual([[said]]);
});

test('only statements under way keep the process running', async () => {
  expect(keepsRunning()).toBe(false);
  const runs = [line.open(), line.open()].map((sent) => sent.run(statement));
  expect(keepsRunning()).toBe(true);
  const { id } = await received();
  report({ id, messages: [], settled: 'well' });
  await runs[0];
  expect(keepsRunning()).toBe(true);
  report({ id: id + 1, messages: [], settled: 'badly' });
  await expect(runs[1]).rejects.toThrow('ended unexpectedly');
  expect(keepsRunning()).toBe(false);
});

test('a lost line fails what is under way, once', async () => {
  const run = line.open().run(statement);
  line.lost();
  await expect(run).rejects.toThrow('ended unexpectedly');
  line.lost();
});
