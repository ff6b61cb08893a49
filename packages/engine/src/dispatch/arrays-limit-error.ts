import { MillraceError } from '../errors.js';

/** The rows between two rounds of a plan are too many, or too large: how far they had come. */
export class ArraysLimitError extends MillraceError {
  readonly rowCount: number;
  readonly byteCount: number;

  constructor(
    message: string,
    details: { code: string; rowCount: number; byteCount: number; cause: unknown },
  ) {
    super(message, details.code, { cause: details.cause });
    this.rowCount = details.rowCount;
    this.byteCount = details.byteCount;
  }
}
