import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { ByteStream } from './byte-source.js';

/** Bytes packed at a time. */
const PIECE_BYTES = 65_536;

/** The stream as one gzip member. An error of the stream is thrown as it is; ending early ends the stream, too. */
export async function* gzipStream(
  stream: ByteStream,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = createGzip({ level, chunkSize: PIECE_BYTES });
  // What fails is thrown by the loop: the pipeline destroys `gzip` with it.
  pipeline(Readable.from(stream), gzip, () => undefined);
  for await (const bytes of gzip) yield bytes as Uint8Array;
}
