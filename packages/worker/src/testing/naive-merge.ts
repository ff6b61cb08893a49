/** A merge over plain values, for tests of what drives merges. Knows one accumulator: `sum`. */
import { Batch, BatchBuilder, type Schema, type Value } from '@millrace/batch';
import type { Merge, MergeStatistics, Pipeline, SortKey } from '@millrace/operators';

type Row = readonly Value[];

export class NaiveMerge implements Merge {
  readonly output: Schema;
  readonly #pipeline: Pipeline;
  readonly #waiting: Row[][];
  readonly #ended: boolean[];
  readonly #groups = new Map<string, Value[]>();
  #consumed: { input: number; buffer: SharedArrayBuffer }[] = [];
  #ready: Row[] = [];
  #rowsIn = 0;
  #rowsOut = 0;
  #passed = 0;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    const { combine, columns, input } = pipeline;
    const used =
      combine.kind === 'aggregate'
        ? [...combine.keys, ...combine.accumulators.map((it) => ({ column: it.columns[0]! }))].map(
            ({ column }) => column,
          )
        : input.fields.map((_, column) => column);
    this.output = { fields: columns.map((column) => input.fields[used[column]!]!) };
    this.#waiting = Array.from({ length: pipeline.inputCount }, () => []);
    this.#ended = this.#waiting.map(() => false);
  }

  get statistics(): MergeStatistics {
    const { size } = this.#groups;
    return { rowsIn: this.#rowsIn, rowsOut: this.#rowsOut, groups: size, peakBytes: 0 };
  }

  get over(): boolean {
    const { limit } = this.#pipeline;
    if (limit?.count !== undefined && this.#rowsOut === limit.count) return true;
    return this.#allEnded && this.#ready.length === 0 && this.#waiting.flat().length === 0;
  }

  get #allEnded(): boolean {
    return this.#ended.every((ended) => ended);
  }

  wants(input: number): boolean {
    if (this.over || this.#ended[input]) return false;
    return this.#pipeline.combine.kind !== 'ordered' || this.#waiting[input]!.length === 0;
  }

  consume(input: number, buffer: SharedArrayBuffer): void {
    if (!this.wants(input)) throw new Error(`input ${input} is not wanted`);
    const { vectors, rowCount } = new Batch(this.#pipeline.input, buffer);
    for (let row = 0; row < rowCount; row++) {
      this.#rowsIn++;
      this.#waiting[input]!.push(vectors.map((vector) => vector.at(row)));
    }
    this.#consumed.push({ input, buffer });
  }

  end(input: number): void {
    if (this.#ended[input]) throw new Error(`input ${input} has ended twice`);
    this.#ended[input] = true;
  }

  consumed(): readonly { input: number; buffer: SharedArrayBuffer }[] {
    return this.#consumed.splice(0);
  }

  next(): SharedArrayBuffer | undefined {
    this.#combine();
    const { columns, limit, batchRows } = this.#pipeline;
    if (this.#pipeline.sort.length > 0 && !this.#allEnded) return undefined;
    while (this.#passed < (limit?.offset ?? 0) && this.#ready.shift() !== undefined) this.#passed++;
    const left = (limit?.count ?? Number.POSITIVE_INFINITY) - this.#rowsOut;
    const rows = this.#ready.splice(0, Math.min(batchRows, left));
    if (rows.length === 0) return undefined;
    this.#rowsOut += rows.length;
    const builder = new BatchBuilder(this.output);
    for (const row of rows) builder.append(columns.map((column) => row[column]!));
    return builder.finish();
  }

  #combine(): void {
    const { combine, sort } = this.#pipeline;
    if (combine.kind === 'ordered') this.#mergeOrdered(combine.keys);
    else if (combine.kind === 'gather') {
      for (const rows of this.#waiting) this.#ready.push(...rows.splice(0));
    } else {
      for (const row of this.#waiting.flatMap((rows) => rows.splice(0))) {
        const keys = combine.keys.map(({ column }) => row[column]!);
        const values = combine.accumulators.map(({ columns }) => row[columns[0]!]!);
        this.#add(keys, values);
      }
      if (this.#allEnded && this.#rowsOut === 0 && this.#ready.length === 0)
        this.#ready.push(...this.#groups.values());
    }
    if (this.#allEnded) this.#ready.sort((a, b) => compare(a, b, sort));
  }

  #add(keys: Value[], values: readonly Value[]): void {
    const key = keys.map(String).join('\0');
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, [...keys, ...values]);
    else {
      values.forEach((value, i) => {
        group[keys.length + i] = (group[keys.length + i] as bigint) + (value as bigint);
      });
    }
  }

  #mergeOrdered(keys: readonly SortKey[]): void {
    while (this.#waiting.every((rows, input) => rows.length > 0 || this.#ended[input])) {
      const heads = this.#waiting.filter((rows) => rows.length > 0);
      if (heads.length === 0) return;
      heads.sort((a, b) => compare(a[0]!, b[0]!, keys));
      this.#ready.push(heads[0]!.shift()!);
    }
  }
}

/** As by ORDER BY, over values that are not NULL. */
function compare(a: Row, b: Row, keys: readonly SortKey[]): number {
  for (const { column, descending } of keys) {
    const [x, y] = [a[column]!, b[column]!];
    if (x !== y) return x < y === descending ? 1 : -1;
  }
  return 0;
}
