/** How a connection ends: broken bytes, a server that leaves, close and destroy. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConnectionError, ServerError } from './errors.js';
import type { PostgresConnection } from './postgres-connection.js';
import { type ScriptedFeed, scriptedConnection } from './testing/scripted-feed.js';
import { errorResponse, int32, message, readyForQuery } from './testing/wire-encoder.js';

let feed: ScriptedFeed;
let connection: PostgresConnection;

beforeEach(() => {
  ({ feed, connection } = scriptedConnection());
});

afterEach(async () => {
  await connection.close();
});

/** What was running, and every statement after it, fails. */
async function expectClosed(running: Promise<unknown>, error: object): Promise<void> {
  await expect(running).rejects.toMatchObject(error);
  expect(connection.state).toBe('closed');
  await expect(connection.describe('select')).rejects.toBeInstanceOf(ConnectionError);
  await expect(connection.command('select')).rejects.toBeInstanceOf(ConnectionError);
  await connection.settled();
}

const ADMIN_SHUTDOWN = errorResponse({ S: 'FATAL', C: '57P01', M: 'terminating connection' });

describe('broken bytes end the connection with a WireError', () => {
  test.each([
    ['a message shorter than its length word', Buffer.concat([Buffer.from('C'), int32(3)])],
    ['a message of negative length', Buffer.concat([Buffer.from('C'), int32(-1)])],
    ['a description without its end', message('T', Buffer.from([0, 1, 0x61]))],
    ['an error without its end', message('E', Buffer.from('Mno end'))],
  ])('%s', async (_, bytes) => {
    const running = connection.describe('select');
    feed.arrive(bytes);
    await expectClosed(running, { name: 'ConnectionError', code: 'MILLRACE_WIRE' });
    expect(feed.destroyed).toBe(true);
  });
});

describe('a server that leaves', () => {
  test('while nothing runs closes the connection, with its reason for who comes next', async () => {
    feed.arrive(ADMIN_SHUTDOWN);
    expect(connection.state).toBe('closed');
    await expect(connection.describe('select')).rejects.toMatchObject({
      name: 'ConnectionError',
      code: '57P01',
      message: 'The server ended the session: terminating connection',
    });
  });

  test('while a statement runs fails it with what it said', async () => {
    const running = connection.command('select');
    feed.arrive(ADMIN_SHUTDOWN);
    expect(connection.state).toBe('busy');
    connection.destroy(new ConnectionError('gone'));
    await expectClosed(running, { name: 'ServerError', code: '57P01' });
  });

  test('without a word fails the statement with the loss', async () => {
    const running = connection.command('select');
    connection.destroy(new ConnectionError('gone', { code: 'ECONNRESET' }));
    await expectClosed(running, { name: 'ConnectionError', code: 'ECONNRESET', message: 'gone' });
  });
});

describe('close', () => {
  test('says goodbye, fails what runs, and can be called again', async () => {
    const running = connection.command('select');
    const closing = connection.close();
    await expect(running).rejects.toMatchObject({ code: 'MILLRACE_CLOSED' });
    await closing;
    await connection.close();
    expect(feed.written.at(-1)).toEqual(Buffer.from('5800000004', 'hex'));
  });

  test('after a loss does nothing', async () => {
    connection.destroy(new ConnectionError('gone'));
    const written = feed.written.length;
    await connection.close();
    expect(feed.written).toHaveLength(written);
  });
});

test('an error of one statement is not that of the next', async () => {
  const first = connection.command('bad');
  feed.arrive(Buffer.concat([errorResponse({ C: '42601', M: 'syntax' }), readyForQuery()]));
  await expect(first).rejects.toBeInstanceOf(ServerError);
  const second = connection.command('good');
  feed.arrive(readyForQuery());
  await second;
});
