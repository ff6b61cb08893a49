import { setImmediate as turn } from 'node:timers/promises';

/** Lets the event loop go round: what can happen without further input then has. */
export async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}
