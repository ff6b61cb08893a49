import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { helloReply, startRawNode } from '../testing/raw-node.js';
import { turns } from '../testing/turns.js';
import { openTunnel } from './open-tunnel.js';
import { createTunnelCertificate } from './tunnel-certificate.js';
import type { TunnelError } from './tunnel-error.js';

describe('createTunnelCertificate', () => {
  it('makes a certificate that signs itself, for a key of its own', async () => {
    const { certificate, key, pin } = await createTunnelCertificate();
    const parsed = new X509Certificate(certificate);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(Date.parse(parsed.validFrom)).toBeLessThan(Date.now());
    expect(Date.parse(parsed.validTo)).toBeGreaterThan(Date.now());
    const spki = parsed.publicKey.export({ type: 'spki', format: 'der' });
    expect(createHash('sha256').update(spki).digest('base64')).toBe(pin);
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect((await createTunnelCertificate()).pin).not.toBe(pin);
  });

  it('serves a node over TLS, also one that greets at once and in pieces', async () => {
    const node = await startRawNode();
    const certificate = structuredClone(await createTunnelCertificate());
    const tunnel = await openTunnel({ host: '127.0.0.1', port: node.port, certificate });
    const parts: Buffer[] = [];
    const receiving = tunnel.receive((bytes) => void parts.push(Buffer.from(bytes)));
    const { socket } = await node.next();
    socket.removeAllListeners('data');
    const secure = connectTls({ socket, rejectUnauthorized: false });
    const body = Buffer.alloc(1 << 20, 'abcdefgh');
    secure.write('PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n');
    secure.write(body);
    secure.write('\r\n0\r\n\r\n');
    expect((await receiving).bytes).toBe(body.length);
    expect(Buffer.concat(parts).equals(body)).toBe(true);
    const [answer] = (await once(secure, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
    tunnel.close();
    await node.close();
  });

  it('serves a node whose greeting comes together with the end of its hello', async () => {
    const reply = helloReply();
    const node = await startRawNode([reply.subarray(0, 23)]);
    const certificate = await createTunnelCertificate();
    const opening = openTunnel({ host: '127.0.0.1', port: node.port, certificate });
    const { socket } = await node.next();
    socket.removeAllListeners('data');
    let before = reply.subarray(23);
    const joined = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _, done) => {
        socket.write(Buffer.concat([before, bytes]), done);
        before = reply.subarray(24);
      },
    });
    socket.on('data', (bytes) => joined.push(bytes));
    const secure = connectTls({ socket: joined, rejectUnauthorized: false });
    secure.write('PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi');
    const tunnel = await opening;
    await turns();
    const parts: string[] = [];
    await tunnel.receive((bytes) => void parts.push(Buffer.from(bytes).toString()));
    expect(parts.join('')).toBe('hi');
    tunnel.close();
    await node.close();
  });

  it('fails for a node that speaks no TLS', async () => {
    const node = await startRawNode();
    const certificate = await createTunnelCertificate();
    const tunnel = await openTunnel({ host: '127.0.0.1', port: node.port, certificate });
    const receiving = tunnel.receive(() => undefined);
    (await node.next()).write('PUT / HTTP/1.1\r\n\r\n');
    const error = await receiving.then(
      () => expect.unreachable('there is no TLS'),
      (cause: TunnelError) => cause,
    );
    expect(error).toMatchObject({ code: 'line-failed', phase: 'waiting for a request' });
    tunnel.close();
    await node.close();
  });
});
