import type { BatchSink } from '@millrace/postgres';
import type { Begin, ConsumerMessage, TaskMessage } from '../protocol.js';
import { BufferPool } from './buffer-pool.js';
import type { ExchangePort } from './exchange-port.js';

export interface ExchangeWriterOptions {
  readonly port: ExchangePort;
  /** Batches that may be under way at the same time. */
  readonly credits: number;
  /** Called for each batch before it is published; throws to stop it. */
  readonly inspect?: (buffer: SharedArrayBuffer) => void;
  /** Called for each batch that is published. */
  readonly published?: (seen: Seen) => void;
}

/** Rows and bytes of a task so far. */
interface Seen {
  readonly rowCount: number;
  readonly byteCount: number;
}

/** What the consumer asks for, besides giving credit. */
export interface ExchangeWriterEvents {
  run?(): void;
  begin?(message: Begin): void;
  /** There is credit again. */
  credit?(): void;
  /** The consumer wants no more: it said so, or is gone. */
  cancel(): void;
}

/** A batch that is larger goes out at once; a smaller one may be the last, and go with the last message. */
const SMALL_BYTES = 65_536;

/** The producer's end of an exchange: batches go out as long as there is credit. `exchange-reader.ts` is the other end. */
export class ExchangeWriter implements BatchSink {
  readonly #port: ExchangePort;
  readonly #pool: BufferPool;
  readonly #inspect: ((buffer: SharedArrayBuffer) => void) | undefined;
  readonly #published: ((seen: Seen) => void) | undefined;
  #credits: number;
  #finished = false;
  #dropping = false;
  #outbox: TaskMessage[] = [];
  #soon: NodeJS.Immediate | undefined;
  /** When the first batch was put, by `performance.now()`. */
  firstPutAt: number | undefined;

  constructor(
    { port, credits, inspect, published }: ExchangeWriterOptions,
    events: ExchangeWriterEvents,
  ) {
    this.#port = port;
    this.#credits = credits;
    this.#pool = new BufferPool(credits);
    this.#inspect = inspect;
    this.#published = published;
    port.on('message', (message: ConsumerMessage) => this.#receive(message, events));
    port.on('close', () => {
      if (!this.#finished) events.cancel();
    });
  }

  ready(): boolean {
    return this.#credits > 0 || this.#dropping;
  }

  put(buffer: SharedArrayBuffer, seen: Seen): void {
    if (this.#dropping) return this.#pool.give(buffer);
    this.#inspect?.(buffer);
    this.firstPutAt ??= performance.now();
    this.#credits--;
    this.#outbox.push({ kind: 'batch', buffer, ...seen });
    this.#published?.(seen);
    if (buffer.byteLength > SMALL_BYTES) this.#flush();
    else this.#flushSoon();
  }

  readonly source = (byteLength: number): SharedArrayBuffer => this.#pool.take(byteLength);

  /** Sends a message together with those that follow in the same turn of the event loop. */
  sendSoon(message: TaskMessage): void {
    this.#outbox.push(message);
    this.#flushSoon();
  }

  /** Sends a message at once. */
  send(message: TaskMessage): void {
    this.#outbox.push(message);
    this.#flush();
  }

  /** Nobody wants what is still to come: it is taken, and dropped. */
  drop(): void {
    this.#dropping = true;
  }

  /** Closes the exchange without a last word: the consumer hears elsewhere what has become of the task. */
  abandon(): void {
    this.#finished = true;
    this.#outbox = [];
    this.#flush();
    this.#port.close();
  }

  /** Sends the last message and closes the exchange. */
  finish(message: TaskMessage): void {
    this.#finished = true;
    this.send(message);
    this.#port.close();
  }

  #flushSoon(): void {
    this.#soon ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#outbox.length > 0) this.#port.postMessage(this.#outbox);
    this.#outbox = [];
  }

  #receive(message: ConsumerMessage, events: ExchangeWriterEvents): void {
    switch (message.kind) {
      case 'run':
        return events.run?.();
      case 'begin':
        return events.begin?.(message);
      case 'credit':
        this.#credits += message.buffers.length;
        for (const buffer of message.buffers) if (buffer !== undefined) this.#pool.give(buffer);
        return events.credit?.();
      case 'cancel':
        return events.cancel();
    }
  }
}
