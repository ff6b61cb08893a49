/** Where in its life a tunnel was when it failed. */
export type TunnelPhase =
  | 'connecting'
  | 'hello'
  | 'waiting for a request'
  | 'body'
  | 'answer'
  | 'served';

/**
 * What went wrong:
 *
 * | code               | meaning                                                                          |
 * | ------------------ | -------------------------------------------------------------------------------- |
 * | `connect-failed`   | the node cannot be reached, or does not answer within the limit                  |
 * | `malformed-hello`  | the node's answer to the hello is not one                                        |
 * | `malformed-request`| the node's request is no HTTP, or not what this tunnel serves                    |
 * | `malformed-body`   | a chunk's size, or compressed data, is broken                                    |
 * | `closed-early`     | tunnel closed before end of stream                                               |
 * | `line-failed`      | the connection broke: reset, TLS handshake refused                               |
 * | `sink-failed`      | what takes the bytes threw; its error is the cause                               |
 * | `source-failed`    | what gives the bytes threw; its error is the cause                               |
 * | `statement-failed` | the statement that uses the tunnel failed; its error is the cause                |
 * | `never-asked`      | the statement ended well and never used the tunnel, or did not read it whole     |
 * | `aborted`          | the caller's signal, or `close()`                                                |
 */
export type TunnelErrorCode =
  | 'connect-failed'
  | 'malformed-hello'
  | 'malformed-request'
  | 'malformed-body'
  | 'closed-early'
  | 'line-failed'
  | 'sink-failed'
  | 'source-failed'
  | 'statement-failed'
  | 'never-asked'
  | 'aborted';

export interface TunnelErrorDetails {
  readonly code: TunnelErrorCode;
  readonly phase: TunnelPhase;
  /** The tunnel's address as statements name it, without the key; the node's own before there is one. */
  readonly address: string;
  /** Bytes of the body so far, as they were on the wire. */
  readonly byteCount: number;
  readonly cause?: unknown;
}

/** A tunnel that failed. The message says address, phase and bytes so far. */
export class TunnelError extends Error implements TunnelErrorDetails {
  readonly code: TunnelErrorCode;
  readonly phase: TunnelPhase;
  readonly address: string;
  readonly byteCount: number;

  constructor(what: string, { code, phase, address, byteCount, cause }: TunnelErrorDetails) {
    super(
      `Tunnel ${address}, ${phase}, after ${byteCount} bytes: ${what}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = 'TunnelError';
    this.code = code;
    this.phase = phase;
    this.address = address;
    this.byteCount = byteCount;
  }
}
