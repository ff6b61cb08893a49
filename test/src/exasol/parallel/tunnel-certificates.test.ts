/** Who is at the other end of a tunnel: the node looks at its certificate, and at the statement's key. */
import { connectExasol, type ExasolConnection, httpTransport } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { committed, drop, errorOf, failureOf, targetRows } from './aftermath.js';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

describe('a node of release 2025.1', () => {
  let drive: ParallelDrive;
  let exa: ExasolConnection;

  beforeAll(async () => {
    drive = await startDrive();
    exa = await drive.connect();
  });

  beforeEach(() => drive.cluster.query('truncate drive.target'));

  afterEach(async () => {
    drive.cluster.heal();
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
  });

  afterAll(() => drive?.close());

  /** Two tunnels, each with the address of its own and the key of the other. */
  async function swapped(): Promise<{
    readonly addresses: readonly string[];
    readonly tunnels: readonly Awaited<ReturnType<typeof httpTransport>>[];
  }> {
    const nodes = await exa.session.nodes(2);
    const tunnels = await Promise.all(nodes.map((node) => httpTransport(node)));
    const parts = tunnels.map(({ address }) => /^([^/]*)\/(.*)$/.exec(address)?.slice(1) ?? []);
    const addresses = parts.map(([at], i) => `${at}/${parts[1 - i]?.[1]}`);
    return { addresses, tunnels };
  }

  it('that finds another key than the statement’s gets nothing of an import, and says so', async () => {
    const { addresses, tunnels } = await swapped();
    const sent = tunnels.map((tunnel) => errorOf(tunnel.importFrom(targetRows(1_000))));
    const error = await failureOf(
      drive,
      exa,
      exa
        .importParallel(addresses, 'drive.target')
        .finally(() => Promise.all(tunnels.map((tunnel) => tunnel.close()))),
    );
    expect(error).toMatchObject({ name: 'ExasolError', sqlCode: '42636' });
    expect(error.message).toMatch(/ETL-5105.*does not match pinned public key\],\[90\]/);
    expect(await Promise.all(sent)).toHaveLength(2);
    expect(await committed(drive)).toBe(0);
  });

  it('that finds another key gives nothing of an export, and both sides fail', async () => {
    const { addresses, tunnels } = await swapped();
    let bytes = 0;
    const received = tunnels.map((tunnel) =>
      errorOf(
        tunnel.exportTo(async (pieces) => {
          for await (const piece of pieces) bytes += piece.length;
        }),
      ),
    );
    const call = exa.exportParallel(addresses, 'drive.flights');
    const error = await errorOf(call);
    expect(error.message).toMatch(/ETL-5106.*\[90\]/);
    // The nodes have hung up: nobody need close anything for it to be known here.
    await Promise.any(received);
    await Promise.all(tunnels.map((tunnel) => tunnel.close()));
    await Promise.all(received);
    expect(bytes).toBe(0);
  });

  it('that trusts authorities alone refuses our own certificate, unless it shall not look', async () => {
    const options = { from: 'drive.flights', to: drop, workers: 2 };
    drive.cluster.faults.certificateCheck = 'authority';
    const error = await failureOf(drive, exa, exa.exportParallel(options));
    expect(error).toMatchObject({ origin: 'statement', sqlCode: '42636' });
    expect(error.message).toMatch(/self-signed certificate\],\[60\]/);
    drive.cluster.faults.certificateCheck = 'none';
    expect((await exa.exportParallel(options)).rowCount).toBe(ROWS);
  });

  it.each([
    ['required', false, /connections without TLS are not allowed/],
    ['forbidden', true, /connections with TLS are not allowed/],
  ] as const)(
    'to which TLS is %s refuses the other, in and out',
    async (rule, encryption, text) => {
      drive.cluster.faults.tunnelTls = rule;
      const options = { workers: 2, encryption };
      const out = exa.exportParallel({ from: 'drive.flights', to: drop, ...options });
      const failed = await failureOf(drive, exa, out);
      expect(failed).toMatchObject({ origin: 'statement', sqlCode: '42636' });
      expect(failed.message).toMatch(text);

      drive.cluster.faults.tunnelTls = rule;
      const from = targetRows(5);
      const into = exa.importParallel({ into: 'drive.target', from, ...options });
      expect((await failureOf(drive, exa, into)).message).toMatch(text);
      expect(await committed(drive)).toBe(0);

      drive.cluster.faults.tunnelTls = rule;
      const agreed = { from: 'drive.flights', to: drop, workers: 2, encryption: !encryption };
      expect((await exa.exportParallel(agreed)).rowCount).toBe(ROWS);
    },
  );
});

describe('the release', () => {
  it.each([
    ['7.1.30', false],
    ['8.4.0', false],
    ['8.31.9', false],
    ['8.32.0', true],
    ['8.100.0', true],
  ])('%s has keys named in statements: %s', async (releaseVersion, named) => {
    const drive = await startDrive({ releaseVersion });
    try {
      const exa = await drive.connect();
      const options = { from: 'drive.flights', to: drop, workers: 2 };
      expect((await exa.exportParallel(options)).rowCount).toBe(ROWS);
      const into = 'drive.target';
      expect((await exa.importParallel({ into, from: targetRows(7), workers: 2 })).rowCount).toBe(
        7,
      );
      // A wrong key matters exactly where it is named.
      const [node] = await exa.session.nodes(1);
      await using tunnel = await httpTransport(node!);
      const received = tunnel.exportTo(drop).catch((error: Error) => error);
      const address = `${tunnel.address.split('/', 1)[0]}/${'A'.repeat(43)}=`;
      const call = exa.exportParallel([address], 'drive.flights');
      if (named) await expect(call).rejects.toThrow(/\[90\]/);
      else expect((await call).rowCount).toBe(ROWS);
      await received;
    } finally {
      await drive.close();
    }
  });
});

it('a cluster that takes no session without TLS says nothing to one', async () => {
  const drive = await startDrive({ plain: false });
  try {
    const { port, user, password } = drive.cluster;
    const options = { user, password, encryption: false };
    const error = await errorOf(connectExasol({ dsn: `127.0.0.1..2:${port}`, ...options }));
    expect(error.name).toBe('ExasolConnectionError');
    expect(drive.cluster.openSessions()).toHaveLength(1);
  } finally {
    await drive.close();
  }
});
