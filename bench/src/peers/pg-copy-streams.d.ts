declare module 'pg-copy-streams' {
  import type { Readable } from 'node:stream';
  import type { Submittable } from 'pg';

  /** A COPY … TO STDOUT whose bytes are read from the stream. */
  export function to(sql: string): Readable & Submittable;
}
