/** What each worker of the export does, in its thread: it packs its part into a file, and counts the rows. */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { TransportPlace } from '@millrace/engine';

export interface PackedPart {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

const folder = new URL(import.meta.url).searchParams.get('folder') ?? '.';

const QUOTE = 0x22;
const LINE_END = 0x0a;

// biome-ignore lint/style/noDefaultExport: a sink's module is run by its default export.
export default async function packPart(
  csv: AsyncIterable<Uint8Array>,
  { index }: TransportPlace,
): Promise<PackedPart> {
  const path = join(folder, `part-${index}.csv.gz`);
  let records = 0;
  let quoted = false;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of csv) {
      for (const byte of bytes) {
        // A doubled quote inside of a text turns this twice.
        if (byte === QUOTE) quoted = !quoted;
        else if (byte === LINE_END && !quoted) records += 1;
      }
      yield bytes;
    }
  };
  await pipeline(counted, createGzip(), createWriteStream(path));
  // The first record is the columns' names; a stream without rows may have none.
  return { path, rows: Math.max(0, records - 1), bytes: (await stat(path)).size };
}
