/** Connections under TLS: bytes come in chunks that Node has decrypted, not straight from the socket. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, startCluster } from '@millrace/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestCancel } from './cancel-request.js';
import { openConnection, type ServerAddress } from './open-connection.js';
import type { PostgresConnection } from './postgres-connection.js';
import { ResultReader } from './result-reader.js';
import { CERTIFICATE, PRIVATE_KEY } from './testing/certificate.js';
import { addressOf, KeepingSink, runSql } from './testing/run-sql.js';

let cluster: Cluster;
let address: ServerAddress;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1, host: 'tcp' });
  const [url] = cluster.urls as [string];
  const admin = await openConnection(addressOf(url));
  // The server writes the files itself: they are then its own, and private.
  await admin.command(`
    create temp table file (line text);
    insert into file values ('${CERTIFICATE}');
    copy file to program 'cat > server.crt';
    truncate file; insert into file values ('${PRIVATE_KEY}');
    copy file to program 'umask 077; cat > server.key';
    alter system set ssl to on;
    select pg_reload_conf()`);
  await admin.close();
  address = addressOf(url, { ssl: { rejectUnauthorized: false } });
});

afterAll(async () => {
  await cluster?.stop();
});
