import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Schema } from '@millrace/batch';
import type { CallScope } from './call-scope.js';
import { CancelledError } from './errors.js';
import type { ShardOutputs } from './exasol/shard-outputs.js';
import { readableError } from './result/readable-error.js';
import type { StatementRun } from './statement-run.js';

/** Starts a statement whose parts send their batches to the ports it asks for; undefined: it has none to send. */
type StartRun = (
  outputs: (parts: number) => readonly MessagePort[],
) => Promise<StatementRun | undefined>;

/** A statement that its shards have accepted, and whose batches are at ports for whoever reads them. */
export class StatementOutputs implements ShardOutputs {
  readonly kind = 'shard-outputs';
  readonly ports: readonly MessagePort[];
  readonly shards: readonly string[];
  readonly schema: Schema;
  readonly #run: StatementRun;
  readonly #scope: CallScope;

  /** @param scope of the call; closed with this, or here where there are no outputs */
  static async start(scope: CallScope, start: StartRun): Promise<StatementOutputs | undefined> {
    let ports: readonly MessagePort[] = [];
    const run = await start((parts) => {
      const channels = Array.from({ length: parts }, () => new MessageChannel());
      ports = channels.map(({ port2 }) => port2);
      return channels.map(({ port1 }) => port1);
    });
    if (run !== undefined && ports.length > 0) return new StatementOutputs(run, ports, scope);
    // The tables have changed since it was looked at, and now its rows are merged.
    await run?.statement.stop();
    scope.close();
    return undefined;
  }

  private constructor(run: StatementRun, ports: readonly MessagePort[], scope: CallScope) {
    this.#run = run;
    this.#scope = scope;
    this.ports = ports;
    this.shards = run.shardNames ?? [];
    this.schema = run.statement.schema;
  }

  async finish(): Promise<void> {
    try {
      // Their batches go elsewhere: there is only the end to wait for.
      await this.#run.statement.execution.next();
    } catch (error) {
      throw readableError(error);
    }
  }

  stop(reason: Error): void {
    // What a shard has said already is heard first: it may be why.
    setImmediate(() => this.#run.statement.execution.fail(reason));
  }

  /** Ends what is left of it, and waits for that. */
  async close(): Promise<void> {
    this.#run.statement.execution.fail(new CancelledError('The copy has ended'));
    // Those that no tunnel has got.
    for (const port of this.ports) port.close();
    this.#scope.close();
    await this.#run.statement.execution.stopped();
  }
}
