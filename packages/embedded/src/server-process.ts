/** One run of one server: from the start of its postmaster to that process' end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError, isSystemError } from './errors.js';
import { readPostmasterFile } from './postmaster-file.js';
import { runTool, serverEnvironment, spawnFailure } from './run-tool.js';
import type { ServerAccount } from './server-account.js';

export interface ServerSpecification {
  readonly name: string;
  readonly binaries: Binaries;
  readonly account: ServerAccount | undefined;
  readonly dataDirectory: string;
  readonly logFile: string;
  /** Open to the account. */
  readonly workingDirectory: string;
}

export type ShutdownMode = 'fast' | 'immediate';

/** Between two looks whether the server is ready; a start takes about 100 ms. */
const pollMs = 4;

/** How much of the log an error quotes. */
const logTailBytes = 2000;

const endingSignals: readonly (NodeJS.Signals | 0)[] = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGKILL',
  'SIGABRT',
];

export class ServerProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #specification: ServerSpecification;
  readonly #logStart: number;
  readonly #ended: Promise<void>;
  #asked = false;

  private constructor(
    child: ChildProcess,
    pid: number,
    specification: ServerSpecification,
    logStart: number,
  ) {
    this.pid = pid;
    this.#child = child;
    this.#specification = specification;
    this.#logStart = logStart;
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => resolve());
    });
    // A server alone keeps no program running; it is stopped when the program ends.
    child.unref();
  }

  /**
   * Starts the postmaster and returns at once; see {@link ready}.
   *
   * @throws EmbeddedPostgresError `START_FAILED` when the program cannot be run at all
   */
  static async spawn(specification: ServerSpecification): Promise<ServerProcess> {
    const { binaries, account, dataDirectory, logFile, workingDirectory } = specification;
    const log = await open(logFile, 'a', 0o600);
    try {
      const { size } = await log.stat();
      const child = spawn(binaries.postgres, ['-D', dataDirectory], {
        cwd: workingDirectory,
        env: serverEnvironment(),
        stdio: ['ignore', log.fd, log.fd],
        // Else a Ctrl-C in the terminal would stop the servers under an application that handles it.
        detached: process.platform !== 'win32',
        windowsHide: true,
        ...account,
      });
      if (child.pid === undefined) {
        const cause = await new Promise((resolve) => child.once('error', resolve));
        throw spawnFailure('START_FAILED', binaries.postgres, cause);
      }
      return new ServerProcess(child, child.pid, specification, size);
    } finally {
      await log.close();
    }
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Whether it has ended or been asked to. */
  get isEnding(): boolean {
    return this.#asked || this.hasEnded;
  }

  /**
   * Resolves when the server accepts connections.
   *
   * @throws EmbeddedPostgresError `START_FAILED`, with the tail of the log, when it ended or `deadline`
   *   (of `performance.now()`) has passed
   */
  async ready(deadline: number): Promise<void> {
    const { name, dataDirectory } = this.#specification;
    for (;;) {
      const file = readPostmasterFile(dataDirectory);
      if (file?.pid === this.pid && file.ready) {
        return;
      }
      if (this.hasEnded || performance.now() > deadline) {
        const what = this.hasEnded ? 'ended while starting' : 'was not ready in time';
        throw new EmbeddedPostgresError(
          'START_FAILED',
          `server ${name} ${what}:\n${await this.logTail()}`,
        );
      }
      await delay(pollMs);
    }
  }

  /** Sends a signal to the postmaster; nothing happens when it has ended. */
  signal(signal: NodeJS.Signals): void {
    this.#asked ||= endingSignals.includes(signal);
    this.#child.kill(signal);
  }

  /** Shuts down, and resolves when the process has ended. */
  async shutDown(mode: ShutdownMode): Promise<void> {
    const { binaries, dataDirectory, workingDirectory, account } = this.#specification;
    if (process.platform === 'win32' && !this.hasEnded) {
      // A signal would terminate it outright there.
      const args = ['stop', '-D', dataDirectory, '-m', mode];
      this.#asked = true;
      await runTool(binaries.pgCtl, args, { cwd: workingDirectory, account });
    } else {
      this.signal(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      // In case it was stopped by SIGSTOP: it could not act on the signal.
      this.signal('SIGCONT');
    }
    await this.ended();
  }

  /** Resolves when the process has ended; the program keeps running until then. */
  async ended(): Promise<void> {
    if (!this.hasEnded) {
      this.#child.ref();
      await this.#ended;
    }
  }

  /** The end of what this run has written to its log. */
  async logTail(): Promise<string> {
    const { logFile } = this.#specification;
    try {
      const { size } = await stat(logFile);
      const log = await readFile(logFile);
      return log
        .subarray(Math.max(this.#logStart, size - logTailBytes))
        .toString('utf8')
        .trim();
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) {
        return '(no log)';
      }
      throw error;
    }
  }
}
