/** COPY between two connections, by hand. For the tests of this package. */
import { readCopyChunk } from '../copy-chunk.js';
import type { CopyCompletion } from '../copy-out-conversation.js';
import type { PostgresConnection } from '../postgres-connection.js';
import type { BatchSink } from '../result-reader.js';

/** Keeps every chunk that it has credit for. */
export class ChunkSink implements BatchSink {
  readonly chunks: { readonly messages: Buffer; readonly endsWhole: boolean }[] = [];
  credits = Number.POSITIVE_INFINITY;
  seen: CopyCompletion = { rowCount: 0, byteCount: 0 };

  ready(): boolean {
    return this.credits > 0;
  }

  put(buffer: SharedArrayBuffer, seen: CopyCompletion): void {
    const { messages, endsWhole } = readCopyChunk(buffer);
    this.chunks.push({ messages: Buffer.from(messages), endsWhole });
    this.credits--;
    this.seen = seen;
  }

  source(byteLength: number): SharedArrayBuffer {
    return new SharedArrayBuffer(byteLength);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks.map(({ messages }) => messages));
  }
}

/** What the messages hold, without their heads. */
export function copyTexts(messages: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < messages.length; at += 1 + messages.readInt32BE(at + 1)) {
    if (messages[at] !== 0x64) throw new Error(`no CopyData at ${at}`);
    texts.push(messages.toString('utf8', at + 5, at + 1 + messages.readInt32BE(at + 1)));
  }
  return texts;
}

/** Copies from one connection into another, all that comes, and says how many rows the other has taken. */
export async function copyAcross(
  from: PostgresConnection,
  fromSql: string,
  into: PostgresConnection,
  intoSql: string,
  chunkBytes = 1 << 16,
): Promise<number> {
  const copy = into.copyIn(intoSql);
  await copy.begun;
  const sink = new ChunkSink();
  await from.copyOut(fromSql, { sink, chunkBytes });
  for (const { messages, endsWhole } of sink.chunks) {
    await new Promise<void>((written) => copy.write(messages, endsWhole, written));
  }
  copy.end();
  return copy.done;
}
