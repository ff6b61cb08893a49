import { TaskCancelledError, toEnvelope } from '../error-envelope.js';
import type {
  Connector,
  ConnectorCommand,
  ConnectorConnection,
  ConnectorField,
  ConnectorMessage,
  ConnectorRequest,
  ConnectorTask,
} from './connector.js';

/** Opens a connection and serves its channel. Settles when it is open, or could not be opened. */
export async function runConnectorTask(task: ConnectorTask): Promise<void> {
  const { port } = task;
  try {
    const connection = await open(task);
    const hasTransactions = Boolean(connection.commit && connection.rollback);
    new ConnectorChannel(connection, task).serve();
    port.postMessage({ kind: 'opened', hasTransactions } satisfies ConnectorMessage);
  } catch (error) {
    port.postMessage({ kind: 'failed', error: toEnvelope(error) } satisfies ConnectorMessage);
    port.close();
  }
}

async function open({ module, dsn }: ConnectorTask): Promise<ConnectorConnection> {
  const { default: connect } = (await import(module)) as { default?: Connector };
  if (typeof connect !== 'function') {
    throw new TypeError(`the connector module ${module} has no default export to connect with`);
  }
  return connect(dsn);
}

/** One connection and whoever asks it. */
class ConnectorChannel {
  readonly #connection: ConnectorConnection;
  readonly #task: ConnectorTask;
  #credits: number;
  #cancelled = false;
  #isRunning = false;
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(connection: ConnectorConnection, task: ConnectorTask) {
    this.#connection = connection;
    this.#task = task;
    this.#credits = task.credits;
  }

  serve(): void {
    const { port } = this.#task;
    port.on('message', (request: ConnectorRequest) => this.#receive(request));
    // Whoever asked is gone.
    port.on('close', () => {
      this.#cancel();
      if (!this.#isClosed) void this.#answer(async () => this.#connection.close());
    });
  }

  #receive(request: ConnectorRequest): void {
    switch (request.kind) {
      case 'query':
        return void this.#answer(() => this.#query(request.sql, request.parameters));
      case 'credit':
        this.#credits++;
        return this.#wake?.();
      case 'cancel':
        return this.#cancel();
      default:
        return void this.#answer(() => this.#command(request.kind));
    }
  }

  async #answer(work: () => unknown): Promise<void> {
    this.#cancelled = false;
    this.#isRunning = true;
    try {
      const rowCount = (await work()) as number | undefined;
      this.#send({ kind: 'ended', rowCount });
    } catch (error) {
      const outcome = this.#cancelled ? new TaskCancelledError() : error;
      this.#send({ kind: 'failed', error: toEnvelope(outcome) });
    }
    this.#isRunning = false;
    if (this.#isClosed) this.#task.port.close();
  }

  async #query(sql: string, parameters: unknown): Promise<number | undefined> {
    this.#credits = this.#task.credits;
    const result = await this.#connection.query(sql, parameters);
    let isDescribed = false;
    const describe = (): void => {
      if (!isDescribed) this.#send({ kind: 'fields', fields: plainFields(result.fields) });
      isDescribed = true;
    };
    for await (const rows of result) {
      describe();
      await this.#credit();
      this.#send({ kind: 'rows', rows });
      // A connector that never waits would let no cancel through.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#cancelled) throw new TaskCancelledError();
    describe();
    return result.rowCount;
  }

  async #command(command: ConnectorCommand): Promise<undefined> {
    if (command === 'close') this.#isClosed = true;
    await this.#connection[command]?.();
  }

  /** Waits until one more chunk may be sent: the query's iterator is not asked for the next one meanwhile. */
  async #credit(): Promise<void> {
    while (this.#credits === 0 && !this.#cancelled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#cancelled) throw new TaskCancelledError();
    this.#credits--;
  }

  #cancel(): void {
    // It may come too late.
    if (!this.#isRunning) return;
    this.#cancelled = true;
    this.#wake?.();
    // A connector that cannot cancel is not asked for more rows.
    void Promise.resolve(this.#connection.cancel?.()).catch(() => undefined);
  }

  #send(message: ConnectorMessage): void {
    this.#task.port.postMessage(message);
  }
}

/** Drivers' own field objects may hold what cannot be cloned. */
function plainFields(
  fields: readonly ConnectorField[] | null | undefined,
): ConnectorField[] | null {
  return fields?.map(({ name }) => ({ name })) ?? null;
}
