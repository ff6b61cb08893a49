/** What goes wrong around a statement: its caller gives up, its server ends the session, its line breaks. */
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../support/ask.js';
import type { FaultProxy } from '../support/fault-proxy.js';
import type { Seed } from '../support/seed.js';

export interface DisturbanceOptions {
  readonly random: Seed;
  readonly proxy: FaultProxy;
  readonly urls: readonly string[];
  readonly application: string;
  /** The signal of a call that nobody cancels. */
  readonly signal: AbortSignal;
}

/** How one call is disturbed, as its options; `over` is called when it has ended. */
export interface Disturbance {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  over(): void;
}

export function nextDisturbance(options: DisturbanceOptions): Disturbance {
  const { random, proxy, signal } = options;
  const luck = random.random();
  const nothing = { signal, over: () => undefined };
  if (luck < 0.15) return cancelAfter(random.below(20));
  if (luck < 0.18) return { ...nothing, timeoutMs: 1 + random.below(20) };
  if (luck < 0.19) {
    proxy.arm({
      kind: random.random() < 0.5 ? 'reset' : 'cut',
      from: 'server',
      type: '12TDCZ'[random.below(6)] as string,
      nth: 1 + random.below(50),
      passBytes: random.below(6),
    });
  } else if (luck < 0.195) void terminateOne(options).catch(() => undefined);
  return nothing;
}

function cancelAfter(ms: number): Disturbance {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, over: () => clearTimeout(timer) };
}

/** As an administrator would: one of our sessions, whatever it does. */
async function terminateOne({ random, urls, application }: DisturbanceOptions): Promise<void> {
  const url = urls[random.below(urls.length)] as string;
  await delay(random.below(5));
  await ask(
    url,
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 order by random() limit 1',
    [application],
  );
}
