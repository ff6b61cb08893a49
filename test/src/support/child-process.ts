/** Programs of a user, run as processes of their own: what is left of them when they end is part of the answer. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The child was still there when its time was over, and was killed. */
  readonly hung: boolean;
}

export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** What it has printed so far. */
  output(): string;
  readonly ended: Promise<ChildEnd>;
}

export interface ChildOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A child that runs longer hangs. */
  readonly withinMs: number;
}

/** A folder from which our packages can be imported by name. */
const WORKING_DIRECTORY = fileURLToPath(new URL('../..', import.meta.url));

export function startNode({ args, env = {}, withinMs }: ChildOptions): Child {
  const child = spawn(process.execPath, [...args], {
    cwd: WORKING_DIRECTORY,
    env: { ...process.env, ...env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  let hung = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, withinMs);
  const ended = new Promise<ChildEnd>((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr, hung });
    });
  });
  return { process: child, output: () => stdout + stderr, ended };
}

/**
 * Runs the text of a module that has `connect` and `urls`, with every warning an error; so is a rejection that nobody handles. Resolves when the process has
 * ended by itself, or was killed because it did not.
 */
export function runProgram(
  body: string,
  { urls, withinMs = 60_000 }: { readonly urls: readonly string[]; readonly withinMs?: number },
): Promise<ChildEnd> {
  const program = `
    import { connect } from '@millrace/engine';
    process.on('warning', (warning) => { throw warning; });
    const urls = ${JSON.stringify(urls)};
    ${body}
  `;
  const args = ['--input-type=module', '-e', program];
  return startNode({ args, withinMs }).ended;
}
