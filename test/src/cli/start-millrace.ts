/** The `millrace` command as a process of its own, as a user starts it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkoutRoot } from '../house/checkout.js';

export const MILLRACE: string = join(checkoutRoot, 'packages/cli/millrace.js');

const LIMIT_MS = 60_000;

export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Over this process's environment, which has no shards and no tables for the command. */
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly input?: string;
}

/** Starts the command; `ended` resolves when it has ended, and rejects when it hangs. */
export function startMillrace(
  args: readonly string[],
  { env = {}, directory = checkoutRoot, input }: CommandOptions = {},
): { readonly process: ChildProcessWithoutNullStreams; readonly ended: Promise<CommandEnd> } {
  const { MILLRACE_SHARDS: _, MILLRACE_TABLES: __, ...outer } = process.env;
  const child = spawn(process.execPath, [MILLRACE, ...args], {
    cwd: directory,
    env: { ...outer, ...env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  if (input !== undefined) child.stdin.end(input);
  const ended = new Promise<CommandEnd>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`millrace ${args.join(' ')} hangs; it printed ${stdout}${stderr}`));
    }, LIMIT_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { process: child, ended };
}

/** Runs the command to its end. */
export function millrace(args: readonly string[], options?: CommandOptions): Promise<CommandEnd> {
  return startMillrace(args, options).ended;
}
