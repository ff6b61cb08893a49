import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/** A server killed a moment ago may still be writing: removal is tried again for about a second. */
const patiently = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 } as const;

/** Removes a directory and all in it, if it is there. */
export async function removeTree(directory: string): Promise<void> {
  await rm(directory, patiently);
}

/** The same for the end of the process, where nothing asynchronous runs any more. */
export function removeTreeSync(directory: string): void {
  rmSync(directory, patiently);
}
