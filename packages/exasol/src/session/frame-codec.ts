/** Messages as frames: text as it is, or zlib (RFC 1950) in binary frames once the login has agreed on it. */
import { promisify } from 'node:util';
import { constants, deflate, inflate } from 'node:zlib';
import { ExasolProtocolError } from '../errors.js';

const deflateAsync = promisify<Buffer, { level: number }, Buffer>(deflate);
const inflateAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);

/** The longest message taken, in bytes after decompression. Servers send up to 64 MiB. */
export const MAX_MESSAGE_BYTES: number = 256 * 1024 * 1024;

/** The frame of a compressed message. Fast rather than small: the network is rarely the slower part. */
export async function compressFrame(text: string): Promise<Buffer> {
  return await deflateAsync(Buffer.from(text), { level: constants.Z_BEST_SPEED });
}

/** @throws ExasolProtocolError for what is no zlib, is cut off, or gets too long */
export async function decompressFrame(frame: Buffer): Promise<string> {
  try {
    const bytes = await inflateAsync(frame, { maxOutputLength: MAX_MESSAGE_BYTES });
    return bytes.toString('utf8');
  } catch (cause) {
    throw new ExasolProtocolError('a compressed message cannot be read', { cause });
  }
}
