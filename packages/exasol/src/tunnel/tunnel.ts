import type { ByteSink } from './byte-sink.js';
import type { ByteSource } from './byte-source.js';
import type { Exchange, TunnelResult } from './exchange.js';
import type { Line } from './line.js';
import { ReceiveExchange, type ReceiveOptions } from './receive.js';
import { SendExchange, type SendOptions } from './send.js';
import { TunnelError } from './tunnel-error.js';

/**
 * One connection to a node, over which the node is the HTTP client and we are the server. A statement names its `address`;
 * the cluster then asks through it, once.
 *
 * `openTunnel`, then `receive` or `send`, then the statement; `settle` when the statement has ended, however it did; and
 * `close`, always and last: a node may still be reading after everything was sent.
 */
export class Tunnel {
  /** How a statement names this tunnel: `ip:port`, with `/pin` when it is encrypted. */
  readonly address: string;
  readonly #line: Line;
  readonly #plainAddress: string;
  readonly #signal: AbortSignal | undefined;
  #exchange: Exchange | undefined;
  #settled: { readonly error: unknown; readonly silenceMs: number } | undefined;
  #closed = false;

  /** Not for callers: `openTunnel` makes tunnels. */
  constructor(line: Line, address: string, pin: string | undefined, signal?: AbortSignal) {
    this.#line = line;
    this.#plainAddress = address;
    this.address = pin === undefined ? address : `${address}/${pin}`;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted === true) this.#onAbort();
  }

  /**
   * Serves an EXPORT: its bytes go to `sink`, and the node is told that all is well only when the sink has taken all of
   * them. Settles then, or when the tunnel fails. That the statement has succeeded it does not say.
   *
   * @throws TunnelError; `code` says what failed, `cause` holds the error of the sink or of the statement
   */
  receive(sink: ByteSink, options?: ReceiveOptions): Promise<TunnelResult> {
    const exchange = new ReceiveExchange(this.#line, this.#plainAddress, sink, options);
    return this.#begin(exchange);
  }

  /**
   * Serves an IMPORT with the bytes of `source`. The end that makes the node commit is sent only after the source has ended
   * well. Settles when everything is sent, or the tunnel fails; a node that asks again is answered until `close`, as long
   * as there was nothing to send, or `source` is a function.
   *
   * @throws TunnelError; `code` says what failed, `cause` holds the error of the source or of the statement
   */
  send(source: ByteSource, options?: SendOptions): Promise<TunnelResult> {
    const exchange = new SendExchange(this.#line, this.#plainAddress, source, options);
    return this.#begin(exchange);
  }

  /**
   * The statement has ended, with this error or well. A tunnel that still waits for its request fails: no node will come
   * any more. One in the middle of its bytes fails with the statement, and otherwise when it is silent for `silenceMs`.
   *
   * @param silenceMs default 10,000
   */
  settle(error?: unknown, silenceMs = 10_000): void {
    this.#settled ??= { error, silenceMs };
    this.#exchange?.settle(error, silenceMs);
  }

  /** Closes the connection. What `receive` or `send` has not finished fails. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#exchange === undefined) this.#line.destroy();
    else this.#exchange.close();
  }

  readonly #onAbort = (): void => {
    this.#exchange?.abort(this.#signal?.reason);
    this.close();
  };

  #begin(exchange: ReceiveExchange | SendExchange): Promise<TunnelResult> {
    if (this.#exchange !== undefined) return Promise.reject(this.#refusal('used already'));
    this.#exchange = exchange;
    if (this.#signal?.aborted === true) exchange.abort(this.#signal.reason);
    else if (this.#closed) exchange.close();
    else if (this.#settled !== undefined) {
      const { error, silenceMs } = this.#settled;
      exchange.settle(error, silenceMs);
    }
    this.#line.own(exchange);
    return exchange.result;
  }

  #refusal(what: string): TunnelError {
    return new TunnelError(what, {
      code: 'aborted',
      phase: 'waiting for a request',
      address: this.#plainAddress,
      byteCount: 0,
    });
  }
}
