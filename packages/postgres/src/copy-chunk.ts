/**
 * A piece of what COPY TO STDOUT sends, in shared memory: whole CopyData messages as they came, for those that COPY FROM STDIN
 * takes are written the same. A row larger than a chunk comes in pieces.
 *
 * ```
 * 0   int32   bytes of messages that follow, in this machine's byte order
 * 4   int32   1: the last message is whole; 0: the next chunk goes on with it
 * 8   messages
 * ```
 */
const HEADER_BYTES = 8;

/** Bytes of a buffer that holds so many bytes of messages. */
export function copyChunkBytes(messageBytes: number): number {
  return HEADER_BYTES + messageBytes;
}

export function writeCopyChunk(
  buffer: SharedArrayBuffer,
  messages: Uint8Array,
  endsWhole: boolean,
): void {
  new Int32Array(buffer, 0, 2).set([messages.length, endsWhole ? 1 : 0]);
  new Uint8Array(buffer, HEADER_BYTES).set(messages);
}

export interface CopyChunk {
  readonly messages: Uint8Array;
  readonly endsWhole: boolean;
}

/** The messages of a chunk, where they lie. */
export function readCopyChunk(buffer: SharedArrayBuffer): CopyChunk {
  const [messageBytes, endsWhole] = new Int32Array(buffer, 0, 2) as unknown as [number, number];
  const messages = Buffer.from(buffer, HEADER_BYTES, messageBytes);
  return { messages, endsWhole: endsWhole === 1 };
}
