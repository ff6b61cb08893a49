/** The child of `two-processes`: a tunnel to one node, and a file for what comes through it. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { httpTransport } from '@millrace/engine';

/** What the parent asks for, once. */
export interface PartOrder {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** What the child says. */
export type PartWord =
  | { readonly kind: 'opened'; readonly address: string }
  | { readonly kind: 'written'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'failed'; readonly message: string };

const ended = new AbortController();
const abort = (): void => ended.abort();
process.once('disconnect', abort);
// Ctrl-C reaches parent and child; the parent's end is the child's, which has a file to remove.
process.on('SIGINT', () => undefined);
const [{ host, port, path }] = (await once(process, 'message')) as [PartOrder];
let isKept = false;
process.once('message', () => {
  isKept = true;
});
try {
  await using tunnel = await httpTransport({ host, port, signal: ended.signal });
  tell({ kind: 'opened', address: tunnel.address });
  const { bytes } = await tunnel.exportTo(path);
  process.off('disconnect', abort);
  tell({ kind: 'written', path, bytes });
  // This stream is whole; whether the statement has succeeded, the parent knows.
  if (!ended.signal.aborted) await once(process, 'disconnect');
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
if (!isKept) await rm(path, { force: true });
if (process.connected) process.disconnect();

function tell(word: PartWord): void {
  if (process.connected) process.send?.(word);
}
