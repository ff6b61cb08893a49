import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LineReport, LineRequest, LineStatement, ShardTask, TaskMessage } from './protocol.js';
import { serveLine } from './statement-line.js';

let engine: MessagePort;
let started: { readonly task: ShardTask; readonly end: (error?: Error) => void }[];
let begun: (() => void) | undefined;

beforeEach(() => {
  const { port1, port2 } = new MessageChannel();
  engine = port1;
  started = [];
  serveLine(port2, (task) => {
    const done = new Promise<void>((resolve, reject) => {
      started.push({ task, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
    begun?.();
    return done;
  });
});
afterEach(() => engine.close());

/** Only what the line looks at. */
const statement = (sql: string): LineStatement => ({ kind: 'shard', sql }) as LineStatement;
const progress = (rowCount: number): TaskMessage => ({ kind: 'progress', rowCount, byteCount: 0 });

async function start(id: number): Promise<(typeof started)[number]> {
  const arrived = new Promise<void>((resolve) => {
    begun = resolve;
  });
  engine.postMessage({ id, statement: statement(`statement ${id}`) } satisfies LineRequest);
  await arrived;
  return started.at(-1)!;
}

async function reports(): Promise<readonly LineReport[]> {
  const [message] = await once(engine, 'message');
  return message as readonly LineReport[];
}

test('what statements say in one turn, and that one has settled, is one message', async () => {
  const one = await start(1);
  const other = await start(2);
  expect([one.task.sql, other.task.sql]).toEqual(['statement 1', 'statement 2']);
  one.task.port.postMessage([progress(1)]);
  other.task.port.postMessage([progress(2)]);
  one.end();
  expect(await reports()).toEqual([
    { id: 1, messages: [progress(1)] },
    { id: 2, messages: [progress(2)] },
    { id: 1, messages: [], settled: 'well' },
  ]);
});

test('a task that fails has settled, too, and nothing is said after its port is closed', async () => {
  const { task, end } = await start(7);
  task.port.close();
  task.port.postMessage([progress(1)]);
  end(new Error('a bug'));
  expect(await reports()).toEqual([{ id: 7, messages: [], settled: 'badly' }]);
});

test('each statement hears what is for it, as long as its port is open', async () => {
  const heard: string[] = [];
  for (const id of [1, 2]) {
    const { task } = await start(id);
    task.port.on('message', ({ kind }: { kind: string }) => heard.push(`${id} ${kind}`));
  }
  const say = (id: number, kind: 'run' | 'cancel'): void =>
    engine.postMessage({ id, message: { kind } } satisfies LineRequest);
  say(2, 'run');
  say(1, 'cancel');
  say(3, 'cancel');
  await start(4);
  started[1]?.task.port.close();
  say(2, 'cancel');
  await start(5);
  expect(heard).toEqual(['2 run', '1 cancel']);
});

test('when the line is closed, statements under way are told', async () => {
  const { task } = await start(1);
  const closed = new Promise<void>((resolve) => task.port.on('close', resolve));
  engine.close();
  await closed;
});
