import { Batch, type Schema } from '@millrace/batch';
import { ArrayLiteral } from '@millrace/postgres';
import type { ArrayLimits } from './protocol.js';

/** Code of the failure of a merge whose rows are too many, or too large. */
export const ARRAYS_LIMIT = 'MILLRACE_ARRAYS_LIMIT';

/** The rows of a merge as an array literal a column. */
export class MergedArrays {
  readonly #schema: Schema;
  readonly #limits: ArrayLimits;
  readonly #literals: readonly ArrayLiteral[];
  rowCount = 0;

  constructor(schema: Schema, limits: ArrayLimits) {
    this.#schema = schema;
    this.#limits = limits;
    this.#literals = schema.fields.map(() => new ArrayLiteral());
  }

  get byteCount(): number {
    return this.#literals.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** @throws Error with the code `ARRAYS_LIMIT` */
  add(buffer: SharedArrayBuffer): void {
    const { maxRows, maxBytes } = this.#limits;
    const { vectors, rowCount } = new Batch(this.#schema, buffer);
    this.rowCount += rowCount;
    if (this.rowCount > maxRows) throw limitError(`more than ${maxRows} rows`);
    for (const [column, vector] of vectors.entries()) {
      this.#literals[column]?.add(vector);
      if (this.byteCount > maxBytes) throw limitError(`more than ${maxBytes} bytes`);
    }
  }

  literals(): string[] {
    return this.#literals.map((literal) => literal.text());
  }
}

function limitError(what: string): Error {
  return Object.assign(new Error(`The rows between two rounds are ${what}`), {
    code: ARRAYS_LIMIT,
  });
}
