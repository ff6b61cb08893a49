/** What each worker of the import sends, from its thread: users, as CSV. */
import type { TransportPlace } from '@millrace/engine';
import { csvOfRows } from '@millrace/exasol';

const NAMES = ['John', 'Zoë', 'O"Neill, "Tip"'];

const rows = Number(new URL(import.meta.url).searchParams.get('rows'));

// biome-ignore lint/style/noDefaultExport: a source's module is run by its default export.
export default function makeUsers({ index }: TransportPlace): AsyncIterable<Uint8Array> {
  return csvOfRows(users(index));
}

function* users(worker: number): Generator<readonly unknown[]> {
  for (let i = 0; i < rows; i++) yield [worker * rows + i + 1, NAMES[i % NAMES.length], worker];
}
