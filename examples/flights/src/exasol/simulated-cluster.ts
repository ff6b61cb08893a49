/** The demo's side of the process that is the simulated Exasol cluster. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the process is told: which tunnel's node dies in the middle of its file, or that all nodes are well again. */
export interface ClusterOrder {
  readonly death: { readonly file: number; readonly afterBytes: number } | undefined;
}

/** What it says. */
export type ClusterWord =
  | {
      readonly kind: 'ready';
      readonly dsn: string;
      readonly user: string;
      readonly password: string;
    }
  | { readonly kind: 'done'; readonly openTunnels: number };

/** A cluster that is up. */
export class SimulatedCluster {
  readonly dsn: string;
  readonly user: string;
  readonly password: string;
  readonly #process: ChildProcess;

  private constructor(
    child: ChildProcess,
    { dsn, user, password }: ClusterWord & { readonly kind: 'ready' },
  ) {
    this.#process = child;
    this.dsn = dsn;
    this.user = user;
    this.password = password;
  }

  /** @throws Error when it does not start; why stands on standard error. */
  static async start(nodes: number): Promise<SimulatedCluster> {
    const program = fileURLToPath(new URL('./cluster-process.js', import.meta.url));
    const child = fork(program, [String(nodes)]);
    try {
      const word = await nextWord(child);
      if (word.kind !== 'ready') throw new Error(`the simulated cluster began with ${word.kind}`);
      return new SimulatedCluster(child, word);
    } catch (error) {
      await end(child);
      throw error;
    }
  }

  /** From now on the node of that stream dies after so many bytes, until `heal`. */
  async letNodeDie(file: number, afterBytes: number): Promise<void> {
    await this.#order({ death: { file, afterBytes } });
  }

  /** @returns how many tunnels are open now. */
  heal(): Promise<number> {
    return this.#order({ death: undefined });
  }

  stop(): Promise<void> {
    return end(this.#process);
  }

  async #order(order: ClusterOrder): Promise<number> {
    const answer = nextWord(this.#process);
    this.#process.send(order);
    const word = await answer;
    if (word.kind !== 'done') throw new Error('the simulated cluster has started anew');
    return word.openTunnels;
  }
}

/** @throws Error when the process ends before it says anything. */
async function nextWord(child: ChildProcess): Promise<ClusterWord> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([word]) => word as ClusterWord),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`the simulated Exasol cluster ended with exit code ${code}`);
      }),
    ]);
  } finally {
    waiting.abort();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}
