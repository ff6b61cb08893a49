/**
 * What is said before HTTP: 12 bytes from us, 24 bytes from the node, little-endian and never encrypted
 * (pyexasol's `http_transport.py`).
 */

/** int32 0x02212102, 1, 1. */
export const HELLO: Uint8Array = Uint8Array.of(2, 0x21, 0x21, 2, 1, 0, 0, 0, 1, 0, 0, 0);

/** int32 that is of no use, int32 port, 16 bytes of IPv4 text padded with NUL. */
export const HELLO_REPLY_BYTES = 24;

/** The address at which the cluster reaches this tunnel, `ip:port`. Undefined when the bytes do not say one. */
export function parseHelloReply(reply: Uint8Array): string | undefined {
  if (reply.length !== HELLO_REPLY_BYTES) return undefined;
  const text = Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength);
  const port = text.readInt32LE(4);
  const [, host] = /^(\d{1,3}(?:\.\d{1,3}){3})\0*$/.exec(text.toString('latin1', 8)) ?? [];
  if (host === undefined || host.split('.').some((part) => Number(part) > 255)) return undefined;
  return port >= 1 && port <= 65_535 ? `${host}:${port}` : undefined;
}
