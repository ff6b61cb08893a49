/** Reads what the client's HTTP server answers. */
import type { ByteReader } from './byte-reader.js';
import {
  badReply,
  nothingReturned,
  partialFile,
  receiveFailed,
  type TransferError,
} from './transfer-error.js';

export interface AnswerHead {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** The final answer's head; `100 Continue` is told and passed over. */
export async function readHead(reader: ByteReader, onContinue?: () => void): Promise<AnswerHead> {
  for (;;) {
    const head = await readOneHead(reader);
    if (head.status !== 100) return head;
    onContinue?.();
  }
}

async function readOneHead(reader: ByteReader): Promise<AnswerHead> {
  const first = await lineOf(reader);
  if (first === undefined) throw nothingReturned('Empty reply from server');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1];
  if (status === undefined) throw badReply(`Received HTTP/0.9 when not allowed`);
  const fields = new Map<string, string>();
  for (;;) {
    const line = await lineOf(reader);
    if (line === undefined) throw receiveFailed('Recv failure: Connection reset by peer');
    if (line === '') return { status: Number(status), fields };
    const colon = line.indexOf(':');
    fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

async function lineOf(reader: ByteReader): Promise<string | undefined> {
  try {
    return await reader.line();
  } catch {
    throw receiveFailed('Recv failure: Connection reset by peer');
  }
}

/** The body: chunked, counted, or up to the end of the connection. Only the first two can tell an end from a loss. */
export async function* readBody(reader: ByteReader, head: AnswerHead): AsyncGenerator<Buffer> {
  if (/\bchunked\b/i.test(head.fields.get('transfer-encoding') ?? '')) yield* readChunks(reader);
  else if (head.fields.has('content-length'))
    yield* readCounted(reader, Number(head.fields.get('content-length')));
  else yield* readToEnd(reader);
}

const broken = (): TransferError =>
  partialFile('transfer closed with outstanding read data remaining');

async function* readChunks(reader: ByteReader): AsyncGenerator<Buffer> {
  for (;;) {
    const size = /^([\da-f]+)\s*(?:;.*)?$/i.exec((await lineOf(reader)) ?? fail(broken()))?.[1];
    if (size === undefined)
      throw receiveFailed('Illegal or missing hexadecimal sequence in chunked-encoding');
    if (Number.parseInt(size, 16) === 0) break;
    yield* readCounted(reader, Number.parseInt(size, 16));
    if ((await lineOf(reader)) !== '') throw broken();
  }
  // Trailers.
  for (;;) {
    const line = await lineOf(reader);
    if (line === undefined) throw broken();
    if (line === '') return;
  }
}

async function* readCounted(reader: ByteReader, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const bytes = await someOf(reader, left);
    if (bytes === undefined) throw broken();
    left -= bytes.length;
    yield bytes;
  }
}

async function* readToEnd(reader: ByteReader): AsyncGenerator<Buffer> {
  for (;;) {
    const bytes = await someOf(reader, 65_536);
    if (bytes === undefined) return;
    yield bytes;
  }
}

async function someOf(reader: ByteReader, most: number): Promise<Buffer | undefined> {
  try {
    return await reader.some(most);
  } catch {
    throw receiveFailed('Recv failure: Connection reset by peer');
  }
}

function fail(error: Error): never {
  throw error;
}
