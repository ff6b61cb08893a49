import { spawn } from 'node:child_process';
import { EmbeddedPostgresError } from './errors.js';
import { onProcessEnd } from './process-end.js';
import type { ServerAccount } from './server-account.js';

export interface ToolOptions {
  /** Must be open to `account`; our own working directory may not be. */
  readonly cwd: string;
  readonly account: ServerAccount | undefined;
}

/**
 * Runs a program to its end, silently. It is killed, with its children, when this process ends first.
 *
 * @throws EmbeddedPostgresError `INIT_FAILED` with what the program printed
 */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<void> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: serverEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: a Ctrl-C is ours to handle, and the whole group can be killed.
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...options.account,
  });
  const forget = onProcessEnd(() => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
    }
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    if (code !== 0) {
      throw new EmbeddedPostgresError(
        'INIT_FAILED',
        `${program} failed (exit code ${code}):\n${output.trim()}`,
      );
    }
  } catch (error) {
    throw error instanceof EmbeddedPostgresError
      ? error
      : spawnFailure('INIT_FAILED', program, error);
  } finally {
    forget();
  }
}

/** Says why a program could not even be started. */
export function spawnFailure(
  code: 'INIT_FAILED' | 'START_FAILED',
  program: string,
  cause: unknown,
): EmbeddedPostgresError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint =
    process.platform === 'linux'
      ? ' (ENOENT for a file that exists: the binaries need glibc, which Alpine Linux does not have; ' +
        'EPERM as root: this container may not change its user. Set MILLRACE_SHARDS to use servers of your own.)'
      : '';
  return new EmbeddedPostgresError(code, `cannot run ${program}: ${reason}${hint}`, { cause });
}

/** Nothing of the application's environment reaches the servers but what programs need to run at all. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'SystemDrive', 'ComSpec', 'TEMP', 'TMP'];
  const environment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) {
      environment[name] = value;
    }
  }
  return environment;
}
