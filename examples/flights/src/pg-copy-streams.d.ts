/** pg-copy-streams ships no types; this is the half we use. */
declare module 'pg-copy-streams' {
  import type { Writable } from 'node:stream';
  import type { Submittable } from 'pg';

  export interface CopyFromStream extends Writable, Submittable {
    /** Rows that the server counted; set when the stream has finished. */
    readonly rowCount: number;
  }

  export function from(text: string): CopyFromStream;
}
