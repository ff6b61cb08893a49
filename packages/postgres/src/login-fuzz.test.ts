/** Logins of a real server, damaged: a clean error each, and nothing thrown where nobody catches it. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Cluster, startCluster } from '@millrace/embedded';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectionError, ServerError } from './errors.js';
import { openConnection } from './open-connection.js';
import { DAMAGE_KINDS, DAMAGE_VALUES, damaged } from './testing/damage.js';
import { RecordingRelay } from './testing/recording-relay.js';
import { addressOf } from './testing/run-sql.js';

const RUNS = Number(process.env.MILLRACE_FUZZ_RUNS ?? 1500) / 10;
/** A failure prints its seed: `MILLRACE_SEED` plays it again. */
const SEED = process.env.MILLRACE_SEED ? { seed: Number(process.env.MILLRACE_SEED) } : {};
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

let cluster: Cluster;
let login: Buffer;
let server: Server;
let url: string;
/** What the server says to whoever knocks, before it hangs up. */
let says: Buffer;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1, host: 'tcp' });
  const relay = new RecordingRelay(cluster.urls[0]!);
  const connection = await openConnection(addressOf(await relay.open(cluster.urls[0]!)));
  const recorded = relay.take();
  login = recorded.subarray(0, recorded.indexOf(READY) + READY.length);
  await connection.close();
  relay.close();
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(says));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `postgres://u:p@127.0.0.1:${(server.address() as AddressInfo).port}/d`;
});

afterAll(async () => {
  server?.close();
  await cluster?.stop();
});

/** The server always hangs up before the session is set up: so there is always an error. */
async function failureOf(bytes: Buffer): Promise<Error> {
  says = bytes;
  try {
    await openConnection(addressOf(url));
  } catch (error) {
    return error as Error;
  }
  throw new Error('a session came to be without its settings');
}

test('a login cut short at any place is a ConnectionError', async () => {
  for (let length = 0; length <= login.length; length++)
    expect(await failureOf(login.subarray(0, length)), `${length}`).toBeInstanceOf(ConnectionError);
});

test('a damaged login is what the server refused, or a ConnectionError', async () => {
  const damages = fc.array(
    fc.record({
      kind: fc.constantFrom(...DAMAGE_KINDS),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      value: fc.oneof(fc.constantFrom(...DAMAGE_VALUES), fc.integer({ min: -10, max: 400 })),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const clean = (error: Error): boolean =>
    error instanceof ConnectionError || error instanceof ServerError;
  await fc.assert(
    fc.asyncProperty(damages, async (all) => {
      const error = await failureOf(all.reduce(damaged, login));
      expect(clean(error), String(error)).toBe(true);
    }),
    { ...SEED, numRuns: RUNS },
  );
});
