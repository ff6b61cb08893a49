/** Streams of PostgreSQL's rows and of Exasol's as one, by the operators that merge shards. */
import { MessageChannel } from 'node:worker_threads';
import { Batch, type Schema } from '@millrace/batch';
import { ExchangeReader, PieceQueue } from '@millrace/worker';
import { CallScope } from '../call-scope.js';
import type { Slot } from '../dispatch/slot.js';
import { mergeError, mergeLost } from '../dispatch/task-failure.js';
import { transportSlot } from '../exasol/transport-slot.js';
import { CombineInput } from './combine-input.js';
import {
  type CombineOptions,
  type CombinePlan,
  checkStreams,
  readCombineOptions,
} from './combine-options.js';
import { combinePipeline } from './combine-pipeline.js';

/** Batches under way from the merge. */
const CREDITS = 4;

/**
 * One answer over the rows of several streams (`db.stream`, `exa.stream`, or any of batches): gathered, grouped, sorted, cut. A thread of
 * the call's own merges them as it would merge shards. Streams have the same number of columns, of the same types, by position; names are
 * those of the first stream that has rows. Texts are compared by bytes. Where no stream has rows no batch comes, whatever is asked.
 *
 * A batch is valid until the next one is asked for, unless it is retained. Leaving the loop ends all streams, and so does an error of one.
 *
 * @throws ConfigurationError at once for options that cannot be; from the loop for columns that do not fit
 * @throws what a stream throws, as it is; SqlError for a sum out of int64 or double precision; MergeError, CancelledError, TimeoutError
 */
export function combineStreams(
  streams: readonly AsyncIterable<Batch>[],
  options: CombineOptions = {},
): AsyncGenerator<Batch, void, undefined> {
  checkStreams(streams);
  return combined([...streams], readCombineOptions(options), options);
}

async function* combined(
  streams: readonly AsyncIterable<Batch>[],
  plan: CombinePlan,
  { signal, timeoutMs }: CombineOptions,
): AsyncGenerator<Batch, void, undefined> {
  const scope = new CallScope({ signal, timeoutMs });
  try {
    scope.signal.throwIfAborted();
    const combination = new Combination(streams, plan);
    scope.signal.addEventListener('abort', () => combination.fail(scope.signal.reason));
    try {
      yield* combination.batches();
    } finally {
      await combination.stop();
    }
  } finally {
    scope.close();
  }
}

class Combination {
  readonly #plan: CombinePlan;
  readonly #inputs: readonly CombineInput[];
  readonly #slot: Slot = transportSlot();
  readonly #reader: ExchangeReader;
  readonly #arrived = new PieceQueue<SharedArrayBuffer>();
  /** Settles when the merge reads and writes nothing any more. */
  readonly #merged: Promise<void>;
  #input: Schema = { fields: [] };
  #output: Schema = { fields: [] };
  #stopped: Promise<void> | undefined;

  constructor(streams: readonly AsyncIterable<Batch>[], plan: CombinePlan) {
    this.#plan = plan;
    this.#inputs = streams.map((stream, i) => new CombineInput(stream, i));
    const { port1, port2 } = new MessageChannel();
    this.#reader = new ExchangeReader(port1, {
      begun: ({ output }) => {
        const fields = output.fields.map(({ type }, i) => ({
          name: this.#input.fields[i]?.name ?? '',
          type,
        }));
        this.#output = { fields };
      },
      batch: ({ buffer }) => this.#arrived.push(buffer, () => undefined),
      merged: () => this.#arrived.end(),
      failed: (message) => this.fail(mergeError(message)),
      lost: () => this.fail(mergeLost()),
    });
    const inputs = this.#inputs.map(({ port }) => port);
    this.#merged = this.#slot
      .run({ kind: 'merge', inputs, port: port2, credits: CREDITS })
      .catch(() => this.fail(mergeLost()));
  }

  /** Ends all with an error, unless it is over. */
  fail(error: unknown): void {
    this.#arrived.end(error);
    this.stop().catch(() => undefined);
  }

  async *batches(): AsyncGenerator<Batch, void, undefined> {
    this.#work().catch((error: unknown) => this.fail(error));
    for await (const buffer of this.#arrived) {
      let returned: SharedArrayBuffer | undefined;
      const release = (released: SharedArrayBuffer): void => {
        returned = released;
      };
      const batch = new Batch(this.#output, buffer, { release });
      yield batch;
      batch.release();
      this.#reader.credit(returned);
    }
  }

  /** Ends the merge, then the streams, whose memory it reads, then the thread. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  /**
   * The merge begins with the first stream that has rows, whatever the others do: several of one connection wait for each other, in the
   * order in which they are asked here.
   */
  async #work(): Promise<void> {
    const opened = this.#inputs.map((input) => input.open());
    // One may fail long before it is its turn.
    for (const one of opened) one.catch((error: unknown) => this.fail(error));
    for (const [stream, one] of opened.entries()) {
      const schema = await one;
      if (schema === undefined) continue;
      this.#input = schema;
      const pipeline = combinePipeline(this.#plan, schema, this.#inputs.length);
      this.#reader.begin({ kind: 'begin', pipeline, inputs: this.#inputs.map((_, i) => i) });
      const columns = { stream, schema };
      await Promise.all(this.#inputs.map((input, i) => input.feed(opened[i]!, columns)));
      return;
    }
    this.#arrived.end();
  }

  async #end(): Promise<void> {
    this.#reader.cancel();
    await this.#merged;
    await Promise.all(this.#inputs.map((input) => input.stop()));
    await this.#slot.close();
  }
}
