declare module 'pg-copy-streams' {
  import type { Readable, Writable } from 'node:stream';
  import type { Submittable } from 'pg';

  /** A COPY … TO STDOUT whose bytes are read from the stream. */
  export function to(sql: string): Readable & Submittable;

  /** A COPY … FROM STDIN whose bytes are written to the stream. */
  export function from(sql: string): Writable & Submittable;
}
