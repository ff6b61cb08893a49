/** What a process holds, counted while nothing of ours is under way. */
import { getEventListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Census {
  readonly rssMegabytes: number;
  readonly heapMegabytes: number;
  /** Sockets, timers, ports, as Node counts them. */
  readonly handles: number;
  /** Threads of the operating system; 0 where it does not tell. */
  readonly threads: number;
  /** On the signal that all calls share, and on `process`. */
  readonly listeners: number;
  /** Sessions of ours on all servers, and how many of them hold a lock or run something. */
  readonly sessions: number;
  readonly busySessions: number;
}

export interface CensusSubject {
  readonly signal: AbortSignal;
  sessions(): Promise<{ readonly all: number; readonly busy: number }>;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export async function takeCensus(subject: CensusSubject): Promise<Census> {
  const { all, busy } = await subject.sessions();
  // What has just been closed is still counted in the same turn.
  for (let i = 0; i < 3; i++) await turn();
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  const ofProcess = process.eventNames().map((name) => process.listenerCount(name));
  return {
    rssMegabytes: rss / 2 ** 20,
    heapMegabytes: heapUsed / 2 ** 20,
    handles: process.getActiveResourcesInfo().length,
    threads: await threadCount(),
    listeners:
      getEventListeners(subject.signal, 'abort').length + ofProcess.reduce((a, b) => a + b, 0),
    sessions: all,
    busySessions: busy,
  };
}

async function threadCount(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return Number(/^Threads:\s*(\d+)/m.exec(status)?.[1] ?? 0);
}

/** The middle value of one figure over some censuses. */
export function medianOf(censuses: readonly Census[], figure: keyof Census): number {
  const values = censuses.map((census) => census[figure]).sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}
