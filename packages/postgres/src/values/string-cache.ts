/** Strings longer than this are not looked for: comparing them costs more than it saves. */
const MOST_BYTES = 32;
const MOST_WORDS = MOST_BYTES / 4;
const SLOTS = 16_384;
/** After so many look-ups the cache is judged, and again after each further so many. */
const TRIAL = 16_384;

/**
 * Recent strings of one column by their bytes: a direct-mapped table, in which a new string takes the place of the old
 * one of the same slot. It watches its own success and says when it does not pay.
 */
export class StringCache {
  /** Whether most look-ups of the last trial were hits. */
  pays = true;
  readonly #strings: string[] = new Array<string>(SLOTS).fill('');
  readonly #words = new Int32Array(SLOTS * MOST_WORDS);
  readonly #lengths = new Int8Array(SLOTS).fill(-1);
  #lookups = 0;
  #misses = 0;

  /** The string whose bytes are `view[start .. start + length)`; undefined if it is not here. */
  find(view: DataView, start: number, length: number): string | undefined {
    if (++this.#lookups === TRIAL) this.#judge();
    if (length <= MOST_BYTES) {
      const slot = slotOf(view, start, length);
      if (this.#lengths[slot] === length && this.#equals(slot, view, start, length))
        return this.#strings[slot];
    }
    this.#misses++;
    return undefined;
  }

  /** Remembers a string that was not found; returns it. */
  keep(view: DataView, start: number, length: number, string: string): string {
    if (length > MOST_BYTES) return string;
    const slot = slotOf(view, start, length);
    let word = slot * MOST_WORDS;
    let at = start;
    for (const last = start + length - 4; at <= last; at += 4)
      this.#words[word++] = view.getInt32(at, true);
    if (at < start + length) this.#words[word] = tailOf(view, at, start + length);
    this.#lengths[slot] = length;
    this.#strings[slot] = string;
    return string;
  }

  #equals(slot: number, view: DataView, start: number, length: number): boolean {
    const words = this.#words;
    let word = slot * MOST_WORDS;
    let at = start;
    for (const last = start + length - 4; at <= last; at += 4) {
      if (words[word++] !== view.getInt32(at, true)) return false;
    }
    return at === start + length || words[word] === tailOf(view, at, start + length);
  }

  #judge(): void {
    this.pays = this.#misses * 2 < this.#lookups;
    this.#lookups = 0;
    this.#misses = 0;
  }
}

/** A slot for some bytes: their first, middle and last words, mixed. Enough for a cache. */
function slotOf(view: DataView, start: number, length: number): number {
  let hash = length;
  if (length >= 4) {
    hash = Math.imul(hash ^ view.getInt32(start, true), 0x9e3779b1 | 0);
    hash = Math.imul(
      hash ^ view.getInt32(start + ((length - 4) >> 1), true) ^ (hash >>> 15),
      0x85ebca6b | 0,
    );
    hash = Math.imul(
      hash ^ view.getInt32(start + length - 4, true) ^ (hash >>> 13),
      0xc2b2ae35 | 0,
    );
  } else hash = Math.imul(hash ^ tailOf(view, start, start + length), 0x9e3779b1 | 0);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}

/** Up to three bytes as one number. */
function tailOf(view: DataView, start: number, end: number): number {
  let tail = 0;
  for (let at = start; at < end; at++) tail = (tail << 8) | view.getUint8(at);
  return tail;
}
