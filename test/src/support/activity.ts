/** What our sessions are doing, as the servers see it. */
import { ask } from './ask.js';
import { eventually } from './eventually.js';

export interface Session {
  readonly pid: number;
  readonly state: string;
  readonly query: string;
}

/** Sessions of an application on one server. */
export async function sessionsOf(url: string, application: string): Promise<Session[]> {
  const { rows } = await ask(
    url,
    'select pid, state, query from pg_stat_activity where application_name = $1 order by pid',
    [application],
  );
  return rows as unknown as Session[];
}

/** Sessions of an application on all servers. */
export async function allSessionsOf(
  urls: readonly string[],
  application: string,
): Promise<Session[]> {
  return (await Promise.all(urls.map((url) => sessionsOf(url, application)))).flat();
}

/** Waits until no session of the application runs anything, nor holds a transaction open. */
export function untilIdle(
  urls: readonly string[],
  application: string,
  withinMs = 5_000,
): Promise<void> {
  return eventually(async () => {
    const busy = (await allSessionsOf(urls, application)).filter(({ state }) => state !== 'idle');
    return busy.length === 0 ? undefined : busy;
  }, withinMs);
}

/** Waits until every server runs a statement of the application that matches. */
export function untilRunning(
  urls: readonly string[],
  application: string,
  query: RegExp,
  withinMs = 20_000,
): Promise<void> {
  return eventually(async () => {
    const counts = await Promise.all(
      urls.map(async (url) => {
        const sessions = await sessionsOf(url, application);
        return sessions.filter((session) => session.state === 'active' && query.test(session.query))
          .length;
      }),
    );
    return counts.every((count) => count > 0) ? undefined : counts;
  }, withinMs);
}
