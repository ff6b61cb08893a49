import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Different TCP ports of 127.0.0.1 that nobody uses now; another process may take one at any time. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held until all are found, else the same one may come again.
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map(async (server) => {
      server.close();
      await once(server, 'close');
    }),
  );
  return ports;
}
