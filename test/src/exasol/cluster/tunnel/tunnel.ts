/**
 * One tunnel: a socket that the client dialled and on which it is the HTTP server, and the TLS server. It is known in the cluster
 * by an internal address, and goes from the list when the client closes it: then a statement that names it is refused a connection.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import type { TransportFile } from '../sql/transport-statement.js';
import { ByteReader } from './byte-reader.js';
import { badCertificate, nothingReturned, tlsFailed, wrongPin } from './transfer-error.js';

export interface Line {
  readonly stream: Duplex;
  readonly reader: ByteReader;
}

export type CertificateCheck = 'pin' | 'authority' | 'none';

export class Tunnel {
  /** `127.0.0.2:20001` */
  readonly address: string;
  readonly socket: Socket;
  #line: Promise<Line> | undefined;

  constructor(address: string, socket: Socket) {
    this.address = address;
    this.socket = socket;
  }

  /** The line to the client's HTTP server; TLS is agreed on at the first call. */
  line(file: TransportFile, check: CertificateCheck): Promise<Line> {
    this.#line ??= this.#open(file, check);
    return this.#line;
  }

  async #open(file: TransportFile, check: CertificateCheck): Promise<Line> {
    this.socket.removeAllListeners('readable');
    if (!file.secure) return { stream: this.socket, reader: new ByteReader(this.socket) };
    const stream = await secure(this.socket);
    checkCertificate(stream, file, check);
    return { stream, reader: new ByteReader(stream) };
  }

  close(by: 'close' | 'reset' = 'close'): void {
    if (by === 'reset') this.socket.resetAndDestroy();
    else this.socket.destroySoon();
  }
}

function secure(socket: Socket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const stream = connect({ socket, rejectUnauthorized: false });
    stream.once('secureConnect', () => {
      stream.removeAllListeners('close');
      // What breaks later is seen by whoever reads or writes then.
      stream.on('error', () => undefined);
      resolve(stream);
    });
    stream.on('error', (error) => {
      const { code } = error as NodeJS.ErrnoException;
      reject(
        code === 'ECONNRESET'
          ? nothingReturned('Empty reply from server')
          : tlsFailed(error.message),
      );
    });
    stream.once('close', () =>
      reject(tlsFailed('OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection')),
    );
  });
}

/** A pin that does not fit is an error whatever else is checked, as with `CURLOPT_PINNEDPUBLICKEY`. */
function checkCertificate(stream: TLSSocket, file: TransportFile, check: CertificateCheck): void {
  if (check === 'none') return;
  if (file.pin !== undefined) {
    const key = stream.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
    const pin = createHash('sha256')
      .update(key ?? '')
      .digest('base64');
    if (pin !== file.pin) {
      stream.destroy();
      throw wrongPin('SSL: public key does not match pinned public key');
    }
  }
  if (check === 'pin' || file.ignoreCertificate || stream.authorized) return;
  stream.destroy();
  throw badCertificate('SSL certificate problem: self-signed certificate');
}
