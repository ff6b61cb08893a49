/** `npm run exasol-sim -- --nodes 3 --port 8563 --user sys --password exasol`: a simulated cluster, up until Ctrl-C. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startExasolCluster } from './start-exasol-cluster.js';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '3' },
      port: { type: 'string', default: '8563' },
      user: { type: 'string', default: 'sys' },
      password: { type: 'string', default: 'exasol' },
      release: { type: 'string', default: '2025.1.11' },
    },
  });
  const nodes = Number(values.nodes);
  const port = Number(values.port);
  if (
    !(
      Number.isInteger(nodes) &&
      nodes >= 1 &&
      nodes <= 64 &&
      Number.isInteger(port) &&
      port >= 0 &&
      port < 65_536
    )
  ) {
    process.stderr.write('--nodes takes a number from 1 to 64, --port one from 0 to 65535\n');
    return 2;
  }
  await using cluster = await startExasolCluster({
    nodes,
    port,
    user: values.user,
    password: values.password,
    releaseVersion: values.release,
  });
  const lines = [
    'A simulated Exasol cluster is up. PostgreSQL answers its SQL; no Exasol is involved.',
    `  dsn          ${cluster.dsn}`,
    `  fingerprint  ${cluster.fingerprint}`,
    `  user         ${cluster.user}`,
    `  password     ${cluster.password}`,
    'Ctrl-C ends it.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  return 0;
}

process.exitCode = await main();
