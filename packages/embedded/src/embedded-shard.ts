import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './errors.js';
import { isRunning } from './process-identity.js';
import { ServerProcess, type ServerSpecification, type ShutdownMode } from './server-process.js';
import { freeSharedMemory } from './shared-memory.js';
import { superuser } from './template.js';

/** One server of a cluster. Its address and its data stay the same however often it is stopped and started. */
export interface EmbeddedShard {
  /** `shard0`, `shard1`, … */
  readonly name: string;
  /**
   * For `pg` and libpq: `postgres://postgres@%2Ftmp%2F…%2Fs:5432/postgres` or, over TCP,
   * `postgres://postgres:<password>@127.0.0.1:<port>/postgres`. Holds no comma.
   *
   * postgres.js takes no socket from a URL; give it `host`, `port`, `user`, `password` and `database`.
   */
  readonly url: string;
  /** The directory of the socket, an absolute path; or an address. */
  readonly host: string;
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  /** Asked for over TCP only; over a socket it does no harm. */
  readonly password: string;
  readonly database: string;
  /** Of the postmaster, the last one if it does not run now. */
  readonly pid: number;
  /** Whether the postmaster runs, be it still starting or already ending. */
  readonly running: boolean;
  /** What the server printed, of all its starts. Goes with the cluster. */
  readonly logFile: string;
  /** Sends a signal to the postmaster, and returns at once. Nothing happens when it does not run. */
  kill(signal: NodeJS.Signals): void;
  /**
   * Shuts down, and resolves when the server has ended. `fast` (default) breaks off what runs and writes all data
   * out; `immediate` ends at once, and the next start recovers what was committed.
   */
  stop(mode?: ShutdownMode): Promise<void>;
  /**
   * Starts the server again, with its data, after `stop` or `kill`; first waits for the end of one that was
   * told to end. Nothing happens when it runs.
   *
   * @throws EmbeddedPostgresError `START_FAILED`, or `STOPPED` after the cluster's `stop`
   */
  start(): Promise<void>;
}

export interface ShardOptions extends ServerSpecification {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly transport: 'socket' | 'tcp';
  readonly startTimeoutMs: number;
}

/** Longer than the 5 s that PostgreSQL itself gives its processes in an immediate shutdown. */
const shutdownMs = 7_000;

/** The shard as its cluster sees it. */
export class ClusterShard implements EmbeddedShard {
  readonly #options: ShardOptions;
  #server: ServerProcess | undefined;
  #pending: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ShardOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get url(): string {
    const { transport, host, port, password } = this.#options;
    const user = transport === 'tcp' ? `${superuser}:${password}` : superuser;
    return `postgres://${user}@${encodeURIComponent(host)}:${port}/${this.database}`;
  }

  get host(): string {
    return this.#options.host;
  }

  get port(): number {
    return this.#options.port;
  }

  get user(): string {
    return superuser;
  }

  get password(): string {
    return this.#options.password;
  }

  get database(): string {
    return superuser;
  }

  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  get running(): boolean {
    return this.#server !== undefined && !this.#server.hasEnded;
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  kill(signal: NodeJS.Signals): void {
    this.#server?.signal(signal);
  }

  stop(mode: ShutdownMode = 'fast'): Promise<void> {
    return this.#afterPending(async () => this.#server?.shutDown(mode));
  }

  start(): Promise<void> {
    return this.#afterPending(() => this.#start());
  }

  /** Ends the server for good, at once; for the cluster, which removes the data. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop('immediate');
    freeSharedMemory(this.#options.dataDirectory);
  }

  /** The first half of {@link close} for the end of the process: asks the server to end, without waiting. */
  beginCloseSync(): void {
    this.#closed = true;
    this.kill('SIGQUIT');
    this.kill('SIGCONT');
  }

  /** The second half: waits for the end of the server, blocking the thread. */
  finishCloseSync(): void {
    const pid = this.#server?.hasEnded === false ? this.#server.pid : undefined;
    if (pid !== undefined) {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      const deadline = performance.now() + shutdownMs;
      while (isRunning(pid) && performance.now() < deadline) {
        Atomics.wait(cell, 0, 0, 2);
      }
      if (isRunning(pid)) {
        this.kill('SIGKILL');
      }
    }
    freeSharedMemory(this.#options.dataDirectory);
  }

  /** One start or stop at a time, in the order of the calls; a failed one does not keep the next from trying. */
  #afterPending(action: () => Promise<void>): Promise<void> {
    const done = this.#pending.then(action);
    this.#pending = done.catch(() => undefined);
    return done;
  }

  async #start(): Promise<void> {
    const deadline = performance.now() + this.#options.startTimeoutMs;
    while (this.#server === undefined || this.#server.isEnding) {
      await this.#server?.ended();
      if (this.#closed) {
        throw new EmbeddedPostgresError('STOPPED', `the cluster of ${this.name} has been stopped`);
      }
      this.#server = await ServerProcess.spawn(this.#options);
      try {
        await this.#server.ready(deadline);
      } catch (error) {
        if (!this.#server.hasEnded) {
          await this.#server.shutDown('immediate');
        }
        // The processes of a postmaster that was killed end by themselves, a moment after it.
        const held =
          error instanceof Error && /pre-existing shared memory block/.test(error.message);
        if (!held || performance.now() > deadline) {
          throw error;
        }
        await delay(10);
      }
    }
  }
}
