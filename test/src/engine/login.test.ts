/** Servers that refuse, or cannot be reached: the shard is named, the password is not, and nothing is left open. */
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import type { Cluster } from '@millrace/embedded';
import { type ConnectOptions, connect, ShardError } from '@millrace/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allSessionsOf } from '../support/activity.js';
import { ask } from '../support/ask.js';
import { eventually, failureOf, within } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';

const WRONG_PASSWORD = 'open-sesame-42';
const APPLICATION = 'millrace-login';
let cluster: Cluster;
let good: string;
let other: string;

beforeAll(async () => {
  cluster = await startOwnShards(2, { host: 'tcp' });
  [good, other] = cluster.urls as [string, string];
});
afterAll(() => cluster?.stop());

const changed = (change: (url: URL) => void): string => {
  const url = new URL(other);
  change(url);
  return url.href;
};

/** Everything an error shows, its causes included. */
function everythingOf(error: Error): string {
  const own = [
    error.message,
    error.stack,
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
  ];
  return own.join('\n') + (error.cause instanceof Error ? everythingOf(error.cause) : '');
}

async function refusal(url: string, options: Partial<ConnectOptions> = {}): Promise<ShardError> {
  const shards = [good, { url, name: 'the-second' }];
  const error = await failureOf<ShardError>(
    within(30_000, 'connect', connect({ shards, application_name: APPLICATION, ...options })),
  );
  const secrets = [WRONG_PASSWORD, ...cluster.shards.map(({ password }) => password)];
  for (const secret of secrets) expect(everythingOf(error)).not.toContain(secret);
  await eventually(async () => {
    const left = await allSessionsOf(cluster.urls, APPLICATION);
    return left.length === 0 ? undefined : left;
  }, 5_000);
  expect(error).toBeInstanceOf(ShardError);
  expect(error.shard).toBe('the-second');
  expect(error.message).toContain("Shard 'the-second'");
  expect(error.stack).toContain('login.test.ts');
  return error;
}

test('a wrong password', async () => {
  const error = await refusal(
    changed((url) => {
      url.password = WRONG_PASSWORD;
    }),
  );
  expect(error.code).toBe('28P01');
  expect(error.message).toContain('password authentication failed');
});

test('no password', async () => {
  const error = await refusal(
    changed((url) => {
      url.password = '';
    }),
  );
  expect(error.message).toContain('password');
});

test('an unknown user', async () => {
  expect(
    (
      await refusal(
        changed((url) => {
          url.username = 'nobody';
        }),
      )
    ).code,
  ).toBe('28P01');
});

test('an unknown database', async () => {
  const error = await refusal(
    changed((url) => {
      url.pathname = '/nowhere';
    }),
  );
  expect(error.code).toBe('3D000');
  expect(error.message).toContain('"nowhere"');
});

test('a port where nobody listens', async () => {
  const error = await refusal(
    changed((url) => {
      url.port = '1';
    }),
  );
  expect(error.code).toBe('ECONNREFUSED');
  expect(error.message).toContain('127.0.0.1:1/');
});

test('a host that there is not', async () => {
  const error = await refusal(
    changed((url) => {
      url.hostname = 'no-such-host.invalid';
    }),
  );
  expect(error.message).toContain('no-such-host.invalid');
});

test('something that answers nothing, in bounded time', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  try {
    const url = changed((address) => {
      address.port = String(port);
    });
    const error = await refusal(url, { connectTimeoutMs: 2_000 });
    expect(error.code).toBe('ETIMEDOUT');
    expect(error.message).toContain('2000 ms');
  } finally {
    silent.close();
  }
});

test('something that is no PostgreSQL', async () => {
  const web = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => web.once('listening', resolve));
  const { port } = web.address() as { port: number };
  try {
    await refusal(
      changed((url) => {
        url.port = String(port);
      }),
      { connectTimeoutMs: 2_000 },
    );
  } finally {
    web.close();
  }
});

test('a server without TLS when TLS is asked for', async () => {
  const url = changed((address) => {
    address.searchParams.set('sslmode', 'verify-full');
  });
  expect((await refusal(url)).message).toMatch(/SSL/);
});

test('too many connections', async () => {
  await ask(other, 'create role crowded login superuser password null');
  await ask(other, "alter role crowded password 'one-seat' nosuperuser connection limit 0");
  const url = changed((address) => {
    address.username = 'crowded';
    address.password = 'one-seat';
  });
  expect((await refusal(url)).code).toBe('53300');
});

test('a setting of the session that the server does not know is named', async () => {
  const error = await failureOf(connect({ shards: [good], session: { no_such_setting: 1 } }));
  expect(error.message).toContain('"no_such_setting"');
  expect(error.code).toBe('42704');
});

test('settings of the session hold on every connection, whatever characters they have', async () => {
  const odd = String.raw`it's \ "odd"`;
  const db = await connect({
    shards: [good, other],
    session: { 'my.odd': odd, TimeZone: 'Asia/Kolkata', statement_timeout: 12_345 },
    application_name: odd.slice(0, 4),
  });
  try {
    const sql = `select current_setting('my.odd') as odd, current_setting('TimeZone') as zone,
      current_setting('statement_timeout') as timeout, current_setting('application_name') as name, pg_sleep(0.1)`;
    const results = await Promise.all([1, 2, 3].map(() => db.query(sql, [], { mode: 'union' })));
    const row = { odd, zone: 'Asia/Kolkata', timeout: '12345ms', name: "it's", pg_sleep: '' };
    for (const { rows } of results) expect(rows).toEqual([row, row]);
  } finally {
    await db.close();
  }
});

test('a password with every kind of character is used as it is', async () => {
  const password = `a:b@c/d?e#f%g h,i'j"k\\l=é`;
  await ask(other, `create role odd login password '${password.replaceAll("'", "''")}'`);
  const url = `postgres://odd:${encodeURIComponent(password)}@${new URL(other).host}/postgres`;
  const db = await connect({ shards: [url] });
  try {
    expect((await db.query('select current_user as me')).rows).toEqual([{ me: 'odd' }]);
  } finally {
    await db.close();
  }
});
