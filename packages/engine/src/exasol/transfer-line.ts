/** One tunnel as the engine sees it: a task on a worker thread, its address, its outcome. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { TunnelCertificate } from '@millrace/exasol';
import type {
  TransportDone,
  TransportFailed,
  TransportMessage,
  TransportMove,
  TransportOrigin,
  TransportRequest,
} from '@millrace/worker';
import { type Deferred, deferred } from '../dispatch/deferred.js';
import type { Slot } from '../dispatch/slot.js';
import { environmentNumber } from '../options.js';
import { workerError } from './transfer-error.js';

export interface LineTarget {
  readonly host: string;
  readonly port: number;
  readonly certificate: TunnelCertificate | undefined;
  readonly connectTimeoutMs: number;
}

/** What has become of a tunnel. */
export type LineOutcome =
  | TransportDone
  | { readonly kind: 'failed'; readonly origin: TransportOrigin; readonly error: Error };

export class TransferLine {
  /** Never rejects: `undefined` means that `outcome` says why there is none. */
  address: Promise<string | undefined>;
  /** Never rejects. */
  readonly outcome: Promise<LineOutcome>;
  /** Settles when nothing of it is left in its thread. Never rejects. */
  readonly ended: Promise<void>;
  readonly #port: MessagePort;
  #address: Deferred<string | undefined> = deferred();
  #isOver = false;
  readonly #outcome: Deferred<LineOutcome> = deferred();

  constructor(slot: Slot, { host, port, certificate, connectTimeoutMs }: LineTarget) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.address = this.#address.promise;
    this.outcome = this.#outcome.promise;
    port1.on('message', (message: TransportMessage) => this.#receive(message));
    port1.on('close', () => this.#lose());
    this.ended = slot
      .run({
        kind: 'transport',
        host,
        nodePort: port,
        certificate,
        connectTimeoutMs,
        readBytes: environmentNumber(process.env, 'MILLRACE_READ_BYTES') || undefined,
        port: port2,
      })
      // The port closes by itself, after its last message: that may come later than this.
      .catch(() => {
        this.#lose();
        port1.close();
      });
  }

  /** Says where the bytes go to, or come from. Once, before the statement is sent. */
  go(move: TransportMove, ports: readonly MessagePort[]): void {
    this.#send({ kind: 'go', move }, ports);
  }

  /** Dials anew, and gives the new address as `address`: undefined where bytes have moved, or it has ended. */
  redial(): Promise<string | undefined> {
    this.#address = deferred();
    this.address = this.#address.promise;
    if (this.#isOver) this.#address.resolve(undefined);
    else this.#send({ kind: 'redial' });
    return this.address;
  }

  /** The statement has ended. */
  settle(failed: boolean): void {
    this.#send({ kind: 'settle', failed });
  }

  cancel(): void {
    this.#send({ kind: 'cancel' });
  }

  #send(request: TransportRequest, ports: readonly MessagePort[] = []): void {
    this.#port.postMessage(request, ports);
  }

  #receive(message: TransportMessage): void {
    if (message.kind === 'opened') return this.#address.resolve(message.address);
    this.#end(message.kind === 'done' ? message : failureOf(message));
  }

  /** Without effect where the last word has been said. */
  #lose(): void {
    const error = new Error('The worker thread that held the tunnel has ended');
    this.#end({ kind: 'failed', origin: 'tunnel', error });
  }

  #end(outcome: LineOutcome): void {
    this.#isOver = true;
    this.#outcome.resolve(outcome);
    this.#address.resolve(undefined);
  }
}

function failureOf(message: TransportFailed): LineOutcome {
  return { kind: 'failed', origin: message.origin, error: workerError(message) };
}
