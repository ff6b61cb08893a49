/** One port for everything: the first byte of a connection says what it is. */
import type { Socket } from 'node:net';

export type Greeting = 'tls' | 'http' | 'tunnel' | 'unknown';

/** `0x16` begins a TLS ClientHello, `G` an HTTP upgrade, `02 21 21 02` a tunnel. */
export function greetingOf(byte: number | undefined): Greeting {
  if (byte === 0x16) return 'tls';
  if (byte === 0x47) return 'http';
  return byte === 0x02 ? 'tunnel' : 'unknown';
}

/** Looks at the first bytes of a connection and puts them back. */
export function sniff(socket: Socket, decide: (greeting: Greeting) => void): void {
  socket.once('data', (bytes: Buffer) => {
    socket.pause();
    socket.unshift(bytes);
    decide(greetingOf(bytes[0]));
  });
}
