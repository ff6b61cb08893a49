/** One tunnel in a thread: opened, named, used once, and closed when its statement has ended. */
import { CsvError, type FileForm, openTunnel, type Tunnel, TunnelError } from '@millrace/exasol';
import { TaskCancelledError, toEnvelope } from '../error-envelope.js';
import { openSource } from './open-source.js';
import type { SinkEnd } from './sink.js';
import { openSink } from './sink-end.js';
import type { SourceEnd } from './source-end.js';
import type {
  TransportDone,
  TransportFailed,
  TransportMessage,
  TransportMove,
  TransportOrigin,
  TransportRequest,
  TransportTask,
} from './transport.js';

/** Runs a tunnel to its end. All that happens is told on the task's port; the promise never rejects. */
export async function runTransportTask(task: TransportTask): Promise<void> {
  await new TransportRun(task).run();
}

/** A lost tunnel that nobody has used waits so long for why. */
const WORD_MS = 500;

/** What is left to do when the statement has ended. */
type Conclude = (failed: boolean) => Promise<void>;

class TransportRun {
  readonly #task: TransportTask;
  readonly #cancel = new AbortController();
  #tunnel: Tunnel | undefined;
  #move: TransportMove | undefined;
  #sink: SinkEnd | undefined;
  #source: SourceEnd | undefined;
  #redials = false;
  #settled: { readonly failed: boolean } | undefined;
  #wake: (() => void) | undefined;
  #conclude: Conclude = () => Promise.resolve();

  constructor(task: TransportTask) {
    this.#task = task;
    task.port.on('message', (request: TransportRequest) => this.#receive(request));
    task.port.on('close', () => this.#stop());
  }

  async run(): Promise<void> {
    const { port } = this.#task;
    let isDone = false;
    try {
      const tunnel = await this.#open();
      this.#send({ kind: 'opened', address: tunnel.address });
      await this.#until(() => this.#move !== undefined || this.#settled !== undefined);
      if (this.#move !== undefined) this.#send(await this.#serve(tunnel, this.#move));
      isDone = true;
      // A node may still read what was sent; and only now is it known whether it was for nothing.
      await this.#until(() => this.#settled !== undefined);
    } catch (error) {
      if (!isDone) this.#send(failureOf(error));
    }
    this.#tunnel?.close();
    await this.#conclude(!isDone || this.#settled?.failed !== false).catch(() => undefined);
    port.close();
  }

  async #open(): Promise<Tunnel> {
    const { host, nodePort, certificate, connectTimeoutMs, readBytes } = this.#task;
    const { signal } = this.#cancel;
    this.#tunnel = await openTunnel({
      host,
      port: nodePort,
      connectTimeoutMs,
      signal,
      ...(certificate !== undefined && { certificate }),
      ...(readBytes !== undefined && { readBytes }),
    });
    return this.#tunnel;
  }

  /** Moves what there is, through the first tunnel that the node comes to. */
  async #serve(first: Tunnel, move: TransportMove): Promise<TransportDone> {
    for (let tunnel = first; ; ) {
      try {
        return await this.#run(tunnel, move);
      } catch (error) {
        if (!isUntouched(error, move)) throw error;
        // Its node gave up, or was told to because another one was refused a connection: the statement's word decides.
        if (error.code !== 'statement-failed') await this.#heard(WORD_MS);
        if (!this.#redials) throw error;
        this.#redials = false;
        tunnel.close();
        tunnel = await this.#open();
        this.#send({ kind: 'opened', address: tunnel.address });
      }
    }
  }

  #run(tunnel: Tunnel, move: TransportMove): Promise<TransportDone> {
    if (this.#settled !== undefined) tunnel.settle(this.#statementError());
    return move.direction === 'export'
      ? this.#receiveInto(tunnel, move)
      : this.#sendFrom(tunnel, move);
  }

  async #receiveInto(
    tunnel: Tunnel,
    { sink, place, ...move }: Extract<TransportMove, { direction: 'export' }>,
  ): Promise<TransportDone> {
    this.#sink ??= await openSink(sink, place, () => this.#stop());
    const end = this.#sink;
    this.#conclude = async (failed) => {
      if (failed) await end.discard(new TaskCancelledError());
    };
    const { bytes, wireBytes } = await tunnel.receive(end.write, formOf(move));
    const { rowCount, result } = await this.#orCancelled(end.finish());
    return { kind: 'done', bytes, wireBytes, rowCount, result };
  }

  async #sendFrom(
    tunnel: Tunnel,
    { source, place, ...move }: Extract<TransportMove, { direction: 'import' }>,
  ): Promise<TransportDone> {
    this.#source ??= await openSource(source, place);
    const end = this.#source;
    this.#conclude = async () => end.stop(new TaskCancelledError());
    const { bytes, wireBytes } = await tunnel.send(end.source, formOf(move));
    return { kind: 'done', bytes, wireBytes, rowCount: end.rowCount(), result: undefined };
  }

  #receive(request: TransportRequest): void {
    if (request.kind === 'cancel') return this.#stop();
    if (request.kind === 'go') this.#move = request.move;
    else if (request.kind === 'redial') {
      this.#redials = true;
      this.#tunnel?.settle(new Error('its statement failed'));
    } else {
      this.#settled ??= request;
      this.#tunnel?.settle(this.#statementError());
    }
    this.#wake?.();
  }

  #stop(): void {
    this.#cancel.abort(new TaskCancelledError());
    this.#wake?.();
  }

  #statementError(): Error | undefined {
    return this.#settled?.failed ? new Error('its statement failed') : undefined;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#cancel.signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until the statement's end is told, but not for ever. */
  async #heard(ms: number): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake?.();
    }, ms);
    try {
      await this.#until(() => isLate || this.#redials || this.#settled !== undefined);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A sink that never finishes must not keep a call that was cancelled. */
  async #orCancelled<Result>(work: Promise<Result>): Promise<Result> {
    const { signal } = this.#cancel;
    signal.throwIfAborted();
    let onAbort!: () => void;
    const cancelled = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([work, cancelled]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #send(message: TransportMessage): void {
    this.#task.port.postMessage(message);
  }
}

function formOf({ compression, format }: Pick<TransportMove, 'compression' | 'format'>): FileForm {
  return { compression, ...(format !== undefined && { format }) };
}

const LOSSES: readonly unknown[] = ['statement-failed', 'closed-early', 'line-failed'];

/** The tunnel was lost while sink and source were as before: the node had not come to it, or said nothing; a file is read anew. */
function isUntouched(error: unknown, move: TransportMove): error is TunnelError {
  if (!(error instanceof TunnelError) || !LOSSES.includes(error.code)) return false;
  if (error.phase === 'waiting for a request') return true;
  if (error.phase !== 'body' || error.code !== 'statement-failed') return false;
  return move.direction === 'export' ? error.byteCount === 0 : move.source.kind === 'file';
}

function failureOf(error: unknown): TransportFailed {
  const isCallers =
    error instanceof TunnelError &&
    (error.code === 'sink-failed' || error.code === 'source-failed');
  const told = isCallers ? error.cause : error;
  return {
    kind: 'failed',
    origin: originOf(error, isCallers),
    error: toEnvelope(told),
    name: told instanceof Error ? told.name : 'Error',
    tunnel: told instanceof TunnelError ? detailsOf(told) : undefined,
    csv: told instanceof CsvError ? csvDetailsOf(told) : undefined,
  };
}

function originOf(error: unknown, isCallers: boolean): TransportOrigin {
  if (error instanceof TaskCancelledError) return 'cancelled';
  if (isCallers || !(error instanceof TunnelError)) return 'caller';
  if (error.code === 'aborted') return 'cancelled';
  return error.code === 'statement-failed' ? 'statement' : 'tunnel';
}

function detailsOf({ code, phase, address, byteCount }: TunnelError): TransportFailed['tunnel'] {
  return { code, phase, address, byteCount };
}

function csvDetailsOf({ row, column, value }: CsvError): TransportFailed['csv'] {
  return { row, ...(column !== undefined && { column }), ...(value !== undefined && { value }) };
}
