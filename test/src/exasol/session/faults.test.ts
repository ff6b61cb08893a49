import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  ExasolConnectionError,
  ExasolError,
  ExasolProtocolError,
  openSession,
  type Session,
  type SessionOptions,
} from '@millrace/exasol';
import { afterEach, describe, expect, it } from 'vitest';
import {
  countReply,
  type Received,
  type ScriptedConnection,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server.js';

const started: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

type Script = (command: Received, connection: ScriptedConnection) => void;

async function open(
  script: Script,
  options: Partial<SessionOptions> = {},
): Promise<{ session: Session; server: ScriptedServer }> {
  const server = await startScriptedServer({ script });
  started.push(server);
  const session = await openSession({
    dsn: server.dsn,
    user: 'sys',
    password: 'x',
    encryption: false,
    ...options,
  });
  return { session, server };
}

const done = `{"status":"ok","responseData":${countReply(4)}}`;

const reasonOf = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    (value) => {
      throw new Error(`it did not fail: ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );

describe('a lost connection', () => {
  it('fails what runs, what waits, and at once what follows', async () => {
    const { session, server } = await open((_, { ws }) => ws.terminate());
    const calls = [session.execute('one'), session.execute('two')];
    const [first, second] = await Promise.all(calls.map(reasonOf));
    expect(first).toBeInstanceOf(ExasolConnectionError);
    expect((first as Error).message).toMatch(/The connection to 127\.0\.0\.1:\d+ was lost/);
    expect(second).toBeInstanceOf(ExasolConnectionError);
    const third = (await reasonOf(session.execute('three'))) as Error;
    expect(third).toBeInstanceOf(ExasolConnectionError);
    expect(third.message).toMatch(/^The session is closed: The connection to/);
    expect(third.cause).toBe(session.lost);
    expect(server.received.filter(({ command }) => command === 'execute')).toHaveLength(1);
    await session.close();
  });

  it('is told by the server’s close as well', async () => {
    const { session } = await open((_, { ws }) => ws.close(1011));
    expect(await reasonOf(session.execute('one'))).toMatchObject({
      message: expect.stringMatching(/close code 1011/),
    });
  });
});

describe('silence', () => {
  it('ends the session after the idle timeout', async () => {
    const { session } = await open(() => undefined, { idleTimeoutMs: 40 });
    const error = await reasonOf(session.execute('slow'));
    expect(error).toBeInstanceOf(ExasolConnectionError);
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect((error as Error).message).toMatch(/Nothing was heard .* for 40 ms while a command ran/);
    expect(session.lost).toBe(error);
  });

  it('is none while Pongs come', async () => {
    const { session } = await open(
      (_, { ws, send }) => {
        let pongs = 0;
        const timer = setInterval(() => {
          ws.pong();
          if (++pongs === 12) {
            clearInterval(timer);
            send(done);
          }
        }, 25);
      },
      { idleTimeoutMs: 150 },
    );
    expect(await session.execute('slow')).toMatchObject({ rowCount: 4 });
  });

  it('is none while a long message trickles in', async () => {
    const { session } = await open(
      (_, { ws }) => {
        const parts = done.match(/.{1,5}/gs) ?? [];
        const timer = setInterval(() => {
          const part = parts.shift() ?? '';
          ws.send(part, { fin: parts.length === 0, binary: false });
          if (parts.length === 0) {
            clearInterval(timer);
          }
        }, 20);
      },
      { idleTimeoutMs: 150 },
    );
    expect(await session.execute('slow')).toMatchObject({ rowCount: 4 });
  });

  it('is not listened for between commands', async () => {
    const { session } = await open((_, { send }) => send(done));
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const running = session.execute('one');
    await new Promise(setImmediate);
    expect(timers()).toBe(before + 1);
    await running;
    expect(timers()).toBe(before);
  });
});

describe('what is no answer', () => {
  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no status', '{}'],
    ['another status', '{"status":"maybe"}'],
    ['an error without an exception', '{"status":"error"}'],
  ])('%s closes the session', async (_, text) => {
    const { session } = await open((_command, { send }) => send(text));
    expect(await reasonOf(session.execute('one'))).toBeInstanceOf(ExasolProtocolError);
    expect(session.lost).toBeInstanceOf(ExasolProtocolError);
  });

  it('a message that nobody asked for closes the session', async () => {
    const { session } = await open((_, { send }) => {
      send(done);
      send(done);
    });
    await session.execute('one');
    await expect.poll(() => session.lost).toBeInstanceOf(ExasolProtocolError);
    expect(session.lost?.message).toMatch(/nobody asked for/);
  });

  it('a compressed message where none was agreed on closes the session', async () => {
    const { session } = await open((_, { ws }) => ws.send(Buffer.from([0x78, 0x9c, 1])));
    expect(await reasonOf(session.execute('one'))).toMatchObject({
      message: expect.stringMatching(/none was agreed on/),
    });
  });

  it('one that cannot be decompressed closes the session', async () => {
    const { session } = await open((_, { ws }) => ws.send(Buffer.from([0x78, 0x9c, 1, 2, 3])), {
      compression: true,
    });
    expect(await reasonOf(session.execute('one'))).toMatchObject({
      message: expect.stringMatching(/cannot be read/),
    });
  });
});

describe('an abort', () => {
  const abortable: Script = (command, connection) => {
    if (command.command === 'abortQuery') {
      connection.error('Client requested execution abort. (Session: 1)', 'R0003');
    } else if (command.sqlText === 'fast') {
      connection.send(done);
    }
  };

  it('ends the running statement with the signal’s reason; the session goes on', async () => {
    const { session, server } = await open(abortable);
    const stop = new AbortController();
    const running = session.execute('slow', { signal: stop.signal });
    await expect.poll(() => server.received.at(-1)?.sqlText).toBe('slow');
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await reasonOf(running)).toBe(reason);
    expect(await session.execute('fast')).toMatchObject({ rowCount: 4 });
  });

  it('by hand gives the server’s R0003', async () => {
    const { session, server } = await open(abortable);
    session.abortQuery();
    const running = session.execute('slow');
    await expect.poll(() => server.received.at(-1)?.sqlText).toBe('slow');
    session.abortQuery();
    const error = await reasonOf(running);
    expect(error).toBeInstanceOf(ExasolError);
    expect(error).toMatchObject({ sqlCode: 'R0003' });
    expect(server.received.filter(({ command }) => command === 'abortQuery')).toHaveLength(1);
  });

  it('of a waiting statement keeps it from being sent', async () => {
    const { session, server } = await open(abortable);
    const stop = new AbortController();
    const running = session.execute('slow');
    const waiting = session.execute('never', { signal: stop.signal });
    const behind = session.execute('fast');
    stop.abort();
    expect(await reasonOf(waiting)).toMatchObject({ name: 'AbortError' });
    session.abortQuery();
    await expect(running).rejects.toThrow(ExasolError);
    expect(await behind).toMatchObject({ rowCount: 4 });
    expect(server.received.some(({ sqlText }) => sqlText === 'never')).toBe(false);
    await expect(session.execute('never', { signal: stop.signal })).rejects.toThrow(/abort/);
  });

  it('that comes too late gives what the statement did', async () => {
    const { session, server } = await open((command, { send }) => {
      if (command.command === 'abortQuery') {
        send(done);
      }
    });
    const stop = new AbortController();
    const running = session.execute('insert', { signal: stop.signal });
    await expect.poll(() => server.received.at(-1)?.sqlText).toBe('insert');
    stop.abort();
    expect(await running).toMatchObject({ rowCount: 4 });
  });

  it('that the server ignores closes the session after a bounded wait', async () => {
    const { session, server } = await open(() => undefined, { abortTimeoutMs: 30 });
    const stop = new AbortController();
    const running = session.execute('slow', { signal: stop.signal });
    await expect.poll(() => server.received.at(-1)?.sqlText).toBe('slow');
    stop.abort();
    expect(await reasonOf(running)).toMatchObject({ name: 'AbortError' });
    expect(session.lost?.message).toMatch(/An aborted command was not ended within 30 ms/);
    await expect(session.execute('fast')).rejects.toThrow(/The session is closed: An aborted/);
  });
});

describe('the end of a session', () => {
  it('comes after the commands before it, once, and is told to those after it', async () => {
    const { session, server } = await open((_, { send }) => setImmediate(() => send(done)));
    const running = session.execute('one');
    const closing = [session.close(), session.close()];
    const late = reasonOf(session.execute('late'));
    expect(await running).toMatchObject({ rowCount: 4 });
    await Promise.all(closing);
    expect(await late).toMatchObject({
      message: 'The session is closed: close() was called',
    });
    expect(server.received.map(({ command }) => command).slice(3)).toEqual([
      'execute',
      'disconnect',
    ]);
    await expect.poll(() => server.connections[0]?.readyState).toBe(3);
  });

  it('by destroy() fails what runs', async () => {
    const { session } = await open(() => undefined);
    const running = session.execute('slow');
    setImmediate(() => session.destroy());
    expect(await reasonOf(running)).toMatchObject({ message: 'it was destroyed' });
  });
});

/** Passes bytes on, a few at a time, each in a segment of its own. */
async function startRelay(port: number, bytes: number): Promise<{ port: number; server: Server }> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      to.setNoDelay(true);
      from.on('data', (data: Buffer) => slice(from, to, data, bytes));
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { port: (server.address() as { port: number }).port, server };
}

function slice(from: Socket, to: Socket, data: Buffer, bytes: number): void {
  from.pause();
  let at = 0;
  const next = (): void => {
    if (at >= data.length) {
      from.resume();
      return;
    }
    to.write(data.subarray(at, at + bytes));
    at += bytes;
    setImmediate(next);
  };
  next();
}

describe('a line that breaks everything into pieces', () => {
  it.each([1, 7])('of %i bytes changes nothing', async (bytes) => {
    const server = await startScriptedServer({ script: (_, { send }) => send(done) });
    const relay = await startRelay(server.port, bytes);
    started.push(server, { close: () => relay.server.close() });
    for (const compression of [false, true]) {
      const session = await openSession({
        dsn: `127.0.0.1:${relay.port}`,
        user: 'sys',
        password: 'x',
        encryption: false,
        compression,
      });
      expect(await session.execute('one')).toMatchObject({ rowCount: 4 });
      await session.close();
    }
  });
});
