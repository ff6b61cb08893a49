import { Malformed } from './malformed.js';

/** In what the statement's files are packed: their names say so. */
export type PackedFormat = 'gz' | 'bz2' | 'zip';

/** What a tunnel takes its file to be. */
export interface FileForm {
  /** The statement's files are `.gz`, and what the tunnel moves is packed, or unpacked, here. Default false. */
  readonly compression?: boolean;
  /** The statement's files are packed like this, and the bytes pass through as they are. Goes before `compression`. */
  readonly format?: PackedFormat;
}

/**
 * The node asks for the file by the statement's name for it. When that is of another form than the tunnel's, packed bytes
 * would be taken for CSV, or CSV for packed bytes, on one of both sides, and nobody might notice.
 *
 * @param target the request's; without an ending that we know it tells nothing
 * @throws Malformed
 */
export function checkFile(target: string, { compression = false, format }: FileForm): void {
  const [, name, ending] = /([^/?;]*\.(csv|gz|bz2|zip))(?:[?;].*)?$/i.exec(target) ?? [];
  const expected = format ?? (compression ? 'gz' : 'csv');
  if (ending === undefined || ending.toLowerCase() === expected) return;
  throw new Malformed(
    'request',
    `the statement's file '${name}' is not '.${expected}', as the tunnel has it: both must agree on compression`,
  );
}
