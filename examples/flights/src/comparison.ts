/**
 * The same statements through Millrace and through `pg` with `Promise.all`, in the same run, answers compared.
 *
 * Whoever asks first warms the servers' caches for the other, so they take turns at being first.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Database } from '@millrace/engine';
import { streamAll } from './all-flights.js';
import type { Figures } from './known-figures.js';
import type { AllFlights, PlainPg } from './plain-pg.js';
import { ALL_FLIGHTS, type AnswerRow, type Question, topRows } from './questions.js';
import {
  formatCount,
  formatDuration,
  renderAnswer,
  renderTable,
  type TableStyle,
} from './tables.js';

/** Who is compared, and where the output goes. */
export interface Contenders {
  readonly db: Database;
  readonly pg: PlainPg;
  readonly style: TableStyle;
  readonly say: (text: string) => void;
}

/** Asks every question of both and prints answers, shards and times. Returns the questions whose answers differ. */
export async function compareAnswers(
  contenders: Contenders,
  questions: readonly Question[],
): Promise<string[]> {
  const { db, pg, style, say } = contenders;
  const differences: string[] = [];
  const times: string[][] = [];
  for (const [index, question] of questions.entries()) {
    const { class: plan } = await db.explain(question.sql);
    const [millrace, plain] = await inTurns(
      index,
      () => db.query<AnswerRow>(question.sql),
      async () => (question.byOrigin ? topRows(question, await pg.query(question.sql)) : undefined),
    );
    const { rows, stats } = millrace.value;
    if (plain.value !== undefined && !isDeepStrictEqual(rows, plain.value)) {
      differences.push(question.title);
    }
    const shards = stats.shards.map(
      (shard) => `${shard.name} ${formatCount(shard.rows)} rows ${formatDuration(shard.totalMs)}`,
    );
    say(
      `\n${question.title}\n${renderAnswer(question, rows, style)}\n  ${plan}: ${shards.join(' · ')}`,
    );
    times.push([
      String(index + 1),
      question.title,
      plan,
      formatDuration(millrace.ms),
      plain.value === undefined ? '' : formatDuration(plain.ms),
    ]);
  }
  say(
    '\nThe servers do the work of these questions. Where groups lie whole on one shard, pg can be asked shard by shard, too:',
  );
  say(
    renderTable(
      ['', 'question', 'plan', 'Millrace', 'pg, merged by hand'],
      [true, false, false, true, true],
      times,
      style,
    ),
  );
  return differences;
}

/** Brings all flights home both ways, prints the times, and returns what differs from the known figures. */
export async function compareAllFlights(contenders: Contenders, known: Figures): Promise<string[]> {
  const { db, pg, style, say } = contenders;
  const [millrace, plain] = await inTurns(
    1,
    () => streamAll(db, ALL_FLIGHTS),
    () => pg.readAll(ALL_FLIGHTS),
  );
  const line = (name: string, { value, ms }: Timed<AllFlights>): string[] => {
    return [
      name,
      formatCount(value.rows),
      formatDuration(ms),
      `${formatCount(value.rows / (ms / 1000))} rows/s`,
    ];
  };
  say(`\nAll rows home, ${ALL_FLIGHTS}: here the client's side is the work.`);
  const rows = [
    line('Millrace, columns from worker threads', millrace),
    line('pg, an object a row on one thread', plain),
  ];
  say(renderTable(['', 'rows', 'time', 'speed'], [false, true, true, true], rows, style));
  return [...differs('Millrace', millrace.value, known), ...differs('pg', plain.value, known)];
}

function differs(name: string, found: AllFlights, known: Figures): string[] {
  if (found.rows === known.flights && found.distance === known.distance) return [];
  return [
    `${ALL_FLIGHTS} with ${name}: ${found.rows} rows, ${found.distance} miles; known ${known.flights}, ${known.distance}`,
  ];
}

interface Timed<T> {
  readonly value: T;
  readonly ms: number;
}

/** Runs both, one after the other: the first one first when `turn` is even. */
async function inTurns<A, B>(
  turn: number,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<[Timed<A>, Timed<B>]> {
  if (turn % 2 === 0) {
    const a = await timed(first);
    return [a, await timed(second)];
  }
  const b = await timed(second);
  return [await timed(first), b];
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const started = performance.now();
  const value = await work();
  return { value, ms: performance.now() - started };
}
