/** A folder for the demo's files, which is gone when the demo is: also after Ctrl-C. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export class ExportFolder implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  static async create(): Promise<ExportFolder> {
    return new ExportFolder(await mkdtemp(join(tmpdir(), 'millrace-demo-')));
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Raised again, so that whoever else cleans up has its turn, and the process ends as one that was interrupted. */
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
  };
}
