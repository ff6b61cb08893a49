/** How far each shard is, on a terminal: lines that are written over, and gone when the statement has ended. */
import type { ProgressEvent } from '@millrace/engine';
import type { Outlet } from '../surroundings.js';
import { printable } from './printable.js';

const REDRAW_MS = 100;
/** Shards with a line of their own; those beyond are one line together. */
const MOST_LINES = 12;

const LINE_UP = '\u001b[1A';
const CLEAR_BELOW = '\u001b[J';

const counts: Intl.NumberFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const sizes: Intl.NumberFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** Rows and bytes from a shard so far, in a line. */
export function progressLine({ shard, rows, bytes, done }: ProgressEvent): string {
  const state = done ? '✔' : '…';
  return `${state} ${printable(shard)}  ${counts.format(rows)} rows  ${sizes.format(bytes / 1e6)} MB`;
}

/** All lines, at most `MOST_LINES` and one. */
export function progressLines(events: readonly ProgressEvent[]): string[] {
  const single = events.slice(0, MOST_LINES).map(progressLine);
  const rest = events.slice(MOST_LINES);
  if (rest.length === 0) return single;
  const sum = (count: (event: ProgressEvent) => number): number =>
    rest.reduce((total, event) => total + count(event), 0);
  const together = {
    shard: `${rest.length} more`,
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    done: rest.every(({ done }) => done),
  };
  return [...single, progressLine(together)];
}

export class Progress {
  readonly #outlet: Outlet;
  readonly #events = new Map<string, ProgressEvent>();
  readonly #timer: NodeJS.Timeout;
  #drawnLines = 0;
  #changed = false;

  /** @param outlet a terminal */
  constructor(outlet: Outlet) {
    this.#outlet = outlet;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  /** For `onProgress`. */
  readonly update = (event: ProgressEvent): void => {
    this.#events.set(event.shard, event);
    this.#changed = true;
  };

  /** Takes the lines away. */
  stop(): void {
    clearInterval(this.#timer);
    this.#outlet.write(this.#erase());
    this.#drawnLines = 0;
  }

  #draw(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const width = (this.#outlet.columns || 80) - 1;
    // A line that the terminal breaks would be two to go up.
    const lines = progressLines([...this.#events.values()]).map((line) => line.slice(0, width));
    this.#outlet.write(`${this.#erase()}${lines.join('\n')}\n`);
    this.#drawnLines = lines.length;
  }

  #erase(): string {
    return this.#drawnLines === 0 ? '' : `\r${LINE_UP.repeat(this.#drawnLines)}${CLEAR_BELOW}`;
  }
}
