/**
 * A tournament among sorted inputs. Each inner node remembers the loser of its match; the winner of all is at the top. After the
 * winner has moved on, only the matches on its way up are played again: log2(inputs) comparisons a row.
 */
export class LoserTree {
  readonly #size: number;
  /** `#losers[0]` is the winner; the match of leaf `i` is at `(i + size) >> 1`. */
  readonly #losers: Int32Array;
  readonly #before: (a: number, b: number) => boolean;

  /** @param before whether the present row of input `a` comes before that of `b`; an input at its end comes last */
  constructor(size: number, before: (a: number, b: number) => boolean) {
    this.#size = size;
    this.#losers = new Int32Array(Math.max(size, 1));
    this.#before = before;
  }

  /** Plays all matches. */
  build(): void {
    if (this.#size > 1) this.#losers[0] = this.#play(1);
  }

  /** The input whose row is next. */
  get winner(): number {
    return this.#losers[0]!;
  }

  /** Plays the winner's matches again: it stands at another row. */
  replay(): void {
    let winner = this.#losers[0]!;
    for (let node = (winner + this.#size) >> 1; node > 0; node >>= 1) {
      const loser = this.#losers[node]!;
      if (!this.#before(loser, winner)) continue;
      this.#losers[node] = winner;
      winner = loser;
    }
    this.#losers[0] = winner;
  }

  #play(node: number): number {
    if (node >= this.#size) return node - this.#size;
    const left = this.#play(node * 2);
    const right = this.#play(node * 2 + 1);
    const leftWins = !this.#before(right, left);
    this.#losers[node] = leftWins ? right : left;
    return leftWins ? left : right;
  }
}
