/** Turns an embedded server, which listens on TCP, into one that speaks TLS, and asks clients for certificates. */
import type { EmbeddedShard } from '@millrace/embedded';
import { withClient } from './ask.js';
import type { Certificate } from './certificates.js';
import { eventually } from './eventually.js';

export interface TlsSetup {
  readonly server: Certificate;
  /** Whose client certificates are taken. */
  readonly clients: Certificate;
  /** A role that logs in by certificate alone. */
  readonly certificateUser: string;
}

export async function speakTls(shard: EmbeddedShard, setup: TlsSetup): Promise<void> {
  const { server, clients, certificateUser } = setup;
  await withClient(shard.url, async (client) => {
    // The server writes the files itself: so they are its own, and private.
    const write = async (file: string, text: string): Promise<void> => {
      const lines = `select unnest(string_to_array(trim('${text}', e'\\n'), e'\\n'))`;
      await client.query(`copy (${lines}) to program 'umask 077; cat > ${file}'`);
    };
    await write('server.crt', server.certificate);
    await write('server.key', server.key);
    await write('clients.crt', clients.certificate);
    const first = `hostssl all ${certificateUser} all cert\nhostnossl all ${certificateUser} all reject`;
    const { rows } = await client.query("select pg_read_file('pg_hba.conf') as text");
    await write('pg_hba.conf', `${first}\n${String(rows[0].text).replaceAll("'", "''")}`);
    await client.query(`create role ${certificateUser} login`);
    await client.query("alter system set ssl_ca_file to 'clients.crt'");
    await client.query('alter system set ssl to on');
    await client.query('select pg_reload_conf()');
  });
  // The server takes its new settings in its own time.
  await eventually(
    () =>
      withClient(`${shard.url}?sslmode=no-verify`, async () => undefined).catch(
        (error: Error) => error.message,
      ),
    20_000,
  );
}
