/** What is learned of the CSV of an IMPORT: its bytes, its rows, or a sum over its values. */
import { sumOfRow } from './value-sum.js';

/**
 * `bytes` costs a node nothing; `rows` tells line ends from line feeds inside of quotes; `values` also reads every field and adds them up.
 * Bytes, or rows, become the statement's row count.
 */
export type TallyOf = 'bytes' | 'rows' | 'values';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
/** 1 for the byte, 0 for all others. */
const QUOTES = Uint8Array.from({ length: 256 }, (_, byte) => (byte === QUOTE ? 1 : 0));
const LINE_FEEDS = Uint8Array.from({ length: 256 }, (_, byte) => (byte === LINE_FEED ? 1 : 0));

export class CsvTally {
  readonly #of: TallyOf;
  #count = 0;
  #sum = 0;
  /** 1 inside of quotes. */
  #quoted = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(of: TallyOf) {
    this.#of = of;
  }

  get count(): number {
    return this.#count;
  }

  /** Of `values`: over all rows, modulo 2^32. */
  get sum(): number {
    return this.#sum;
  }

  write(bytes: Buffer): void {
    if (this.#of === 'bytes') this.#count += bytes.length;
    else if (this.#of === 'rows') this.#countRows(bytes);
    else this.#sumValues(bytes);
  }

  #countRows(bytes: Buffer): void {
    let quoted = this.#quoted;
    let rows = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      // A doubled quote ends the quotes and begins them again. No branches: a processor could not guess them.
      quoted ^= QUOTES[byte] as number;
      rows += (quoted ^ 1) & (LINE_FEEDS[byte] as number);
    }
    this.#quoted = quoted;
    this.#count += rows;
  }

  #sumValues(bytes: Buffer): void {
    const from = this.#rest.length;
    const all = Buffer.concat([this.#rest, bytes]);
    let begin = 0;
    for (let at = from; at < all.length; at += 1) {
      const byte = all[at];
      if (byte === QUOTE) this.#quoted ^= 1;
      else if (byte === LINE_FEED && this.#quoted === 0) {
        this.#count += 1;
        this.#sum = (this.#sum + sumOfRow(fieldsOf(all.toString('utf8', begin, at)))) % 2 ** 32;
        begin = at + 1;
      }
    }
    this.#rest = all.subarray(begin);
  }
}

/** The fields of one record, without their quotes. */
export function fieldsOf(record: string): string[] {
  return Array.from(record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}
