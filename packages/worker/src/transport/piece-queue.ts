/** Pieces of a stream between whoever has them and a loop that wants them. */
interface Waiting<Piece> {
  readonly piece: Piece;
  readonly taken: () => void;
}

export class PieceQueue<Piece> implements AsyncIterable<Piece> {
  #waiting: Waiting<Piece>[] = [];
  #end: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
  readonly #left: () => void;

  /** @param left the loop has ended, however it did */
  constructor(left: () => void = () => undefined) {
    this.#left = left;
  }

  /** @param taken called when the loop has got the piece */
  push(piece: Piece, taken: () => void): void {
    if (this.#end !== undefined) return;
    this.#waiting.push({ piece, taken });
    this.#wake?.();
  }

  /** No more comes. With an error the loop throws it at once; what it has not read is dropped. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (error !== undefined) this.#waiting = [];
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece, void, undefined> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next !== undefined) {
          next.taken();
          yield next.piece;
        } else if (this.#end === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else {
          if (this.#end.error !== undefined) throw this.#end.error;
          return;
        }
      }
    } finally {
      this.#left();
    }
  }
}
