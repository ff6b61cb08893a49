/** What the command finds around it: in tests, something else than this process's own. */
import type { Readable, Writable } from 'node:stream';

/** A stream that people may be looking at. */
export type Outlet = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the configuration file is looked for, and what file names are relative to. */
  readonly directory: string;
  /** Aborted when the user interrupts: what runs is cancelled on every shard. */
  readonly signal: AbortSignal;
}

/** Whether to write colours and the characters of boxes: to terminals, unless NO_COLOR is set. */
export function isFancy(outlet: Outlet, { env }: Surroundings): boolean {
  return outlet.isTTY === true && !env.NO_COLOR;
}
