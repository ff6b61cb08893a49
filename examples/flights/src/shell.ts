/** The demo's servers left up, for questions of one's own. */

const TABLES = 'flights=origin,airports=replicated';

/** Statements to begin with: plain SQL, neither of which groups on the shard key. */
const STATEMENTS = [
  'select destination, count(*), avg(delay) from flights group by destination order by 2 desc limit 5',
  'select a.state, max(f.distance) from flights f join airports a on a.iata = f.destination group by a.state order by 2 desc limit 5',
] as const;

/** How to ask the servers something, in commands that can be pasted into another terminal in this checkout. */
export function shellText(urls: readonly string[]): string {
  const shards = quoted(urls.join(','));
  const [first, second] = STATEMENTS;
  return `
The servers stay up until Ctrl-C. In another terminal, in this checkout:

npx millrace query --shards ${shards} --table flights=origin --table airports=replicated "${first}"

or with less to write each time:

export MILLRACE_SHARDS=${shards} MILLRACE_TABLES=${TABLES}
npx millrace query "${second}"
npx millrace explain "${second}"
npx millrace query --format csv "select * from flights" | wc -l
npx millrace --help
`;
}

/** Waits for Ctrl-C, or another signal that asks to end. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    // Signals alone do not keep a process.
    const alive = setInterval(() => undefined, 2 ** 30);
    // Kept to the end: npm passes on a signal that the terminal has sent already, and the second must not cut the first short.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        clearInterval(alive);
        resolve();
      });
    }
  });
}

/** For POSIX shells; addresses hold no quotes. */
function quoted(text: string): string {
  return `'${text}'`;
}
