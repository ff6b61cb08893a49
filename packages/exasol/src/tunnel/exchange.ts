/**
 * What `receive` and `send` share: one outcome, settled once, by whatever comes first; later events change nothing.
 *
 * The states of both are named by `phase`. Each event (bytes, the end, a break, a sink's or source's error, a statement
 * that has settled, an abort) ends in `succeed` or `fail`, or moves the phase on. Nothing else is awaited by the caller.
 */
import type { Line } from './line.js';
import { Malformed } from './malformed.js';
import { TunnelError, type TunnelErrorCode, type TunnelPhase } from './tunnel-error.js';

export interface TunnelResult {
  /** Bytes of the body on the wire, without the framing of chunks. */
  readonly wireBytes: number;
  /** Bytes that the sink took or the source gave: more than `wireBytes` when compressed. */
  readonly bytes: number;
}

/** A node gets so long to read that its upload was refused. */
const REFUSAL_MS = 1000;

export abstract class Exchange {
  readonly result: Promise<TunnelResult>;
  protected phase: TunnelPhase = 'waiting for a request';
  protected wireBytes = 0;
  protected bytes = 0;
  #outcome: 'open' | 'done' | 'failed' = 'open';
  #resolve!: (result: TunnelResult) => void;
  #reject!: (error: TunnelError) => void;
  /** A refusal is on its way: the line lives a little longer than whoever closes it. */
  #refusing = false;

  constructor(
    protected readonly line: Line,
    protected readonly address: string,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever asked for the result sees it; a failure before that is no unhandled one.
    this.result.catch(() => undefined);
  }

  protected get open(): boolean {
    return this.#outcome === 'open';
  }

  protected get failed(): boolean {
    return this.#outcome === 'failed';
  }

  onBroken(error: Error): void {
    if (this.#outcome !== 'done') this.fail('line-failed', error.message, error);
  }

  /** The statement that uses the tunnel has ended, with an error or well. */
  settle(error: unknown, silenceMs: number): void {
    if (!this.open) return;
    if (error !== undefined) return this.fail('statement-failed', 'its statement failed', error);
    if (this.phase === 'waiting for a request') {
      return this.fail('never-asked', 'its statement ended and has not used it');
    }
    this.line.onSilence(silenceMs, () => {
      this.fail('never-asked', 'its statement ended and has left it in the middle');
    });
  }

  abort(cause: unknown): void {
    this.fail('aborted', 'aborted', cause);
  }

  /** Closes the line: at once, or when the node has had time to read a refusal. */
  close(): void {
    this.fail('aborted', 'closed before it was done');
    if (!this.#refusing) this.line.destroy();
  }

  protected succeed(): void {
    if (!this.open) return;
    this.#outcome = 'done';
    this.#resolve({ wireBytes: this.wireBytes, bytes: this.bytes });
  }

  /** Ends the exchange. The line is destroyed, or, with a refusal, when the node has read that. */
  protected fail(code: TunnelErrorCode, what: string, cause?: unknown, refusal?: string): void {
    if (!this.open) return;
    const error = this.error(code, what, cause);
    this.#outcome = 'failed';
    if (refusal === undefined || this.line.gone) this.line.destroy();
    else this.#refuse(refusal);
    this.released();
    this.#reject(error);
  }

  /** Ends the exchange for what a parser has thrown. */
  protected failMalformed(cause: unknown): void {
    if (cause instanceof Malformed) {
      const code = cause.part === 'request' ? 'malformed-request' : 'malformed-body';
      this.fail(code, `the node's ${cause.part}: ${cause.message}`, cause, BAD_REQUEST);
    } else this.fail('malformed-body', 'a fault of the tunnel itself', cause, BAD_REQUEST);
  }

  /** The exchange has failed: let go of what the caller gave. */
  protected abstract released(): void;

  protected error(code: TunnelErrorCode, what: string, cause?: unknown): TunnelError {
    const { phase, address, wireBytes: byteCount } = this;
    return new TunnelError(what, { code, phase, address, byteCount, cause });
  }

  /**
   * What the node still sends is read and dropped meanwhile: a connection that is closed with bytes unread is reset, and
   * the node would not see the answer.
   */
  #refuse(refusal: string): void {
    this.#refusing = true;
    this.line.write([refusal]);
    this.line.end();
    setTimeout(() => this.line.destroy(), REFUSAL_MS).unref();
  }
}

export const BAD_REQUEST =
  'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
