/** Commands one at a time: the protocol numbers nothing, so an answer belongs to the one question that is open. */
import { ExasolConnectionError, ExasolOptionError, ExasolProtocolError } from '../errors.js';
import { type Json, writeLossless } from './lossless-json.js';
import { type Reply, readReply } from './protocol.js';
import type { WebSocketLink } from './websocket-link.js';

/** A command of the protocol; the second message of a login has no `command`. */
export type Command = Readonly<Record<string, Json | undefined>>;

export interface CommandOptions {
  /**
   * Aborted while the command waits its turn: it is not sent. Aborted while it runs: the server is told, and has `abortTimeoutMs` to
   * end it; after that the session is closed. The call fails with the signal's reason, unless the command had done its work.
   */
  readonly signal?: AbortSignal | undefined;
}

export class CommandQueue {
  /** Told in errors. */
  sessionId: string | undefined;
  /** The longest message the server takes, in bytes. */
  maxMessageBytes: number = 64 * 1024 * 1024;

  readonly #link: WebSocketLink;
  readonly #abortTimeoutMs: number;
  #tail: Promise<void> = Promise.resolve();
  #running = false;

  constructor(link: WebSocketLink, abortTimeoutMs: number) {
    this.#link = link;
    this.#abortTimeoutMs = abortTimeoutMs;
  }

  /**
   * Sends a command when all before it have been answered, and gives its reply.
   * @throws ExasolError, ExasolConnectionError, ExasolProtocolError; the signal's reason
   */
  async send(command: Command, { signal }: CommandOptions = {}): Promise<Reply> {
    signal?.throwIfAborted();
    this.#refuseLost();
    const text = this.#textOf(command);
    const release = await this.#turn(signal);
    try {
      this.#refuseLost();
      const answer = await this.#ask(text, signal);
      return this.read(() => readReply(answer, this.sessionId));
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      release();
    }
  }

  /** Sends the last command, and forgives whatever becomes of it. It may take `timeoutMs` once it is its turn. */
  async finish(command: Command, timeoutMs: number): Promise<void> {
    const release = await this.#turn(undefined);
    const limit = setTimeout(() => this.#giveUp('Its last command', timeoutMs), timeoutMs);
    try {
      await this.#link.ask(writeLossless(command));
    } catch {
      // The connection is gone: that is what was wanted.
    } finally {
      clearTimeout(limit);
      release();
    }
  }

  /** Tells the server to end the command that is running, if one is. It has no answer of its own. */
  abort(): void {
    if (this.#running && this.#link.lost === undefined) {
      this.#link.tell('{"command":"abortQuery"}');
    }
  }

  /** Reads an answer. One that is not the protocol closes the session: what follows could belong to anything. */
  read<T>(reading: () => T): T {
    try {
      return reading();
    } catch (error) {
      if (error instanceof ExasolProtocolError) {
        this.#link.destroy(error);
      }
      throw error;
    }
  }

  async #ask(text: string, signal: AbortSignal | undefined): Promise<string> {
    let limit: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      this.abort();
      limit = setTimeout(
        () => this.#giveUp('An aborted command', this.#abortTimeoutMs),
        this.#abortTimeoutMs,
      );
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#running = true;
    try {
      return await this.#link.ask(text);
    } finally {
      this.#running = false;
      clearTimeout(limit);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #giveUp(what: string, ms: number): void {
    this.#link.destroy(
      new ExasolConnectionError(`${what} was not ended within ${ms} ms; the session is closed`, {
        code: 'ETIMEDOUT',
      }),
    );
  }

  async #turn(signal: AbortSignal | undefined): Promise<() => void> {
    const before = this.#tail;
    let release: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tail = before.then(() => mine);
    await untilAborted(before, signal);
    if (signal?.aborted) {
      release();
      throw signal.reason;
    }
    return release;
  }

  #textOf(command: Command): string {
    const text = writeLossless(command);
    // A character is at most three bytes of UTF-8.
    if (text.length * 3 > this.maxMessageBytes && Buffer.byteLength(text) > this.maxMessageBytes) {
      throw new ExasolOptionError(
        `${command.command ?? 'login'}`,
        `its message of ${Buffer.byteLength(text)} bytes is longer than the ${this.maxMessageBytes} the server takes: give fewer rows at a time`,
      );
    }
    return text;
  }

  #refuseLost(): void {
    const { lost } = this.#link;
    if (lost !== undefined) {
      throw new ExasolConnectionError(`The session is closed: ${lost.message}`, { cause: lost });
    }
  }
}

/** Waits for a promise that does not fail, or for the signal, whichever is first. */
async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    return await work;
  }
  await new Promise<void>((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done);
    work.then(done);
  });
}
