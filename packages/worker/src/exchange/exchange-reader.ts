import { weigh } from '@millrace/batch';
import type {
  BatchMessage,
  Begin,
  Begun,
  ConsumerMessage,
  Described,
  Ended,
  Failed,
  Merged,
  Progress,
  TaskMessage,
} from '../protocol.js';
import type { ExchangePort } from './exchange-port.js';

/** What a consumer hears from a task. After `ended`, `merged`, `failed` or `lost` nothing more comes. */
export interface ExchangeReaderEvents {
  described?(message: Described): void;
  begun?(message: Begun): void;
  batch?(message: BatchMessage): void;
  progress?(message: Progress): void;
  ended?(message: Ended): void;
  merged?(message: Merged): void;
  failed?(message: Failed): void;
  /** The thread is gone without a last word. */
  lost(): void;
}

/** The consumer's end of an exchange. `exchange-writer.ts` is the other end. */
export class ExchangeReader {
  readonly #port: ExchangePort;
  readonly #creditsAtOnce: number;
  #owed: (SharedArrayBuffer | undefined)[] = [];
  #over = false;

  /**
   * @param creditsAtOnce credits that go back in one message: each message wakes a thread, which may well take the core
   *   that the consumer computes on. A consumer that is about to wait calls `flushCredits`.
   */
  constructor(port: ExchangePort, events: ExchangeReaderEvents, creditsAtOnce = 1) {
    this.#port = port;
    this.#creditsAtOnce = creditsAtOnce;
    port.on('message', (messages: TaskMessage[]) => {
      for (const message of messages) this.#receive(message, events);
    });
    port.on('close', () => {
      if (this.#over) return;
      this.#over = true;
      events.lost();
    });
  }

  /** Whether the last message has come. */
  get over(): boolean {
    return this.#over;
  }

  run(): void {
    this.#send({ kind: 'run' });
  }

  /** Tells a merge what comes and what becomes of it. */
  begin(message: Begin): void {
    this.#send(message);
  }

  /** Gives credit for one more batch; `buffer` may be written again. */
  credit(buffer: SharedArrayBuffer | undefined): void {
    this.#owed.push(buffer);
    if (this.#owed.length >= this.#creditsAtOnce) this.flushCredits();
  }

  /** Sends what credits have not gone back yet. */
  flushCredits(): void {
    if (this.#owed.length > 0) this.#send({ kind: 'credit', buffers: this.#owed });
    this.#owed = [];
  }

  cancel(): void {
    this.#send({ kind: 'cancel' });
  }

  /** Hears nothing more: the task never started, or its thread is given up. */
  close(): void {
    this.#over = true;
    this.#port.close();
  }

  #send(message: ConsumerMessage): void {
    if (!this.#over) this.#port.postMessage(message);
  }

  #receive(message: TaskMessage, events: ExchangeReaderEvents): void {
    switch (message.kind) {
      case 'described':
        return events.described?.(message);
      case 'begun':
        return events.begun?.(message);
      case 'batch':
        // Each message makes an object of its own for the memory, in each thread.
        weigh(message.buffer, message.buffer.byteLength);
        return events.batch?.(message);
      case 'progress':
        return events.progress?.(message);
    }
    this.close();
    if (message.kind === 'ended') events.ended?.(message);
    else if (message.kind === 'merged') events.merged?.(message);
    else events.failed?.(message);
  }
}
