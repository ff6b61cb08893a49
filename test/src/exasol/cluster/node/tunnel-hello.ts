/** How a tunnel begins: 12 bytes of the client's, 24 of ours, little-endian and never encrypted. */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Faults } from '../faults.js';

const HELLO = Buffer.from('022121020100000001000000', 'hex');

/** Takes the hello from the socket; false for something else, or when the client leaves. */
export function readHello(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const read = (): void => {
      const bytes = socket.read(HELLO.length) as Buffer | null;
      if (bytes === null) return;
      socket.off('readable', read);
      resolve(bytes.equals(HELLO));
    };
    socket.on('readable', read);
    socket.once('close', () => resolve(false));
    read();
  });
}

/** @param address `127.0.0.2:20001` */
export async function sendReply(
  socket: Socket,
  address: string,
  kind: Faults['tunnelReply'],
): Promise<void> {
  const [host = '', port = '0'] = address.split(':');
  const reply = Buffer.alloc(24);
  reply.writeInt32LE(Number(port), 4);
  reply.write(host, 8, 'latin1');
  if (kind === 'whole') socket.write(reply);
  if (kind === 'garbage') socket.write(Buffer.alloc(24, 'x'));
  if (kind === 'short') socket.end(reply.subarray(0, 11));
  if (kind === 'split') {
    socket.write(reply.subarray(0, 7));
    await delay(20);
    socket.write(reply.subarray(7));
  }
}
