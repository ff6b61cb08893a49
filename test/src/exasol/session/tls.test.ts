import { X509Certificate } from 'node:crypto';
import { openSession, type Session, type SessionOptions } from '@millrace/exasol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authority, serverCertificate } from '../../support/certificates.js';
import { type ScriptedServer, startScriptedServer } from './scripted-server.js';

const trusted = authority('trusted');
const certificate = serverCertificate(trusted, ['db.example', '127.0.0.1']);
const fingerprint = new X509Certificate(certificate.certificate).fingerprint256.replaceAll(':', '');
const other = 'A'.repeat(64);

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer({ certificate });
});

afterAll(async () => {
  await server.close();
});

const names = { lookup: async () => ['127.0.0.1'] };

async function open(host: string, options: Partial<SessionOptions> = {}): Promise<Session> {
  const dsn = `${host}:${server.port}`;
  return await openSession({ dsn, user: 'sys', password: 'exasol', names, ...options });
}

const ca = { tls: { ca: trusted.certificate } };

describe('the certificate of the main connection', () => {
  it('is verified by authority and by the name that was asked for, whatever the address', async () => {
    await (await open('db.example', ca)).close();
    await (await open('127.0.0.1', ca)).close();
    const wrong = open('elsewhere.example', ca);
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is refused by default if no known authority vouches for it', async () => {
    const seen = server.received.length;
    const failed = open('db.example');
    await expect(failed).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await expect(failed).rejects.toThrow(
      /give the authority as tls\.ca, or the certificate’s fingerprint/,
    );
    expect(server.received).toHaveLength(seen);
  });

  it('is known by its fingerprint, in either case, under any name', async () => {
    await (await open(`elsewhere.example/${fingerprint}`)).close();
    await (await open(`127.0.0.1/${fingerprint.toLowerCase()}`)).close();
  });

  it('ends everything if it has another fingerprint, before a word is sent', async () => {
    const seen = server.received.length;
    const { connections } = server;
    const before = connections.length;
    const failed = open(`db.example,127.0.0.1/${other}`, ca);
    await expect(failed).rejects.toMatchObject({ code: 'MILLRACE_FINGERPRINT' });
    await expect(failed).rejects.toThrow(
      `has the fingerprint ${fingerprint}, and the connection string says ${other}`,
    );
    expect(server.received).toHaveLength(seen);
    expect(connections).toHaveLength(before);
  });

  it('is not looked at if the connection string says so', async () => {
    await (await open('elsewhere.example/nocertcheck')).close();
  });

  it('is missed where the server speaks plain', async () => {
    const plain = await startScriptedServer();
    const failed = openSession({ dsn: plain.dsn, user: 'sys', password: 'x' });
    await expect(failed).rejects.toThrow(/does the server speak TLS\?/);
    await plain.close();
  });

  it('is asked for by servers that take nothing else', async () => {
    await expect(open('127.0.0.1', { encryption: false })).rejects.toThrow(/want encryption/);
  });
});
