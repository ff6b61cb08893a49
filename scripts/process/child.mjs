/**
 * Child processes, in our own process group: a terminal's Ctrl-C reaches parent and child alike.
 * We outlive the child, pass on signals it has not got, and end as it ended.
 */
import { spawn } from 'node:child_process';
import { checkoutRoot } from '../setup/checkout.mjs';
import { Interrupted } from './command.mjs';

/** @type {NodeJS.Signals[]} */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** npm passes a terminal's signal on too, so one Ctrl-C may come twice; the child shall see it once. */
const SAME_SIGNAL_MS = 1_000;
/**
 * npm runs us through a shell. A signal to npm alone ends that shell, which tells us nothing: we would go on for
 * ever with nobody waiting. So under npm, a parent that has gone away counts as a request to end.
 */
const ORPHAN_POLL_MS = 500;
const parent = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;

/** @typedef {{ env?: NodeJS.ProcessEnv }} ChildOptions */

/**
 * Runs Node with the terminal as it is.
 * @param {string[]} args script first
 * @param {ChildOptions} [options]
 * @returns {Promise<number>} exit status
 * @throws {Interrupted} when a signal ended the child
 */
export async function runNode(args, { env = process.env } = {}) {
  const child = spawn(process.execPath, args, { cwd: checkoutRoot, env, stdio: 'inherit' });
  return (await waitFor(child)).exitCode;
}

/**
 * Runs Node and keeps its output for the case of failure.
 * @param {string[]} args script first
 * @param {ChildOptions} [options]
 */
export function runNodeQuietly(args, options) {
  return runQuietly(process.execPath, args, options);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {ChildOptions} [options]
 * @returns {Promise<{ exitCode: number, output: string }>}
 * @throws {Interrupted} when a signal ended the child, or reached us meanwhile
 */
export async function runQuietly(program, args, { env = process.env } = {}) {
  const child = spawn(program, args, {
    cwd: checkoutRoot,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Windows starts npx, a batch file, only through its shell.
    shell: process.platform === 'win32' && program !== process.execPath,
  });
  /** @type {Buffer[]} */
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const { exitCode, received } = await waitFor(child);
  if (received !== undefined) {
    throw new Interrupted(received);
  }
  return { exitCode, output: Buffer.concat(chunks).toString('utf8') };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ exitCode: number, received: NodeJS.Signals | undefined }>}
 */
function waitFor(child) {
  /** @type {NodeJS.Signals | undefined} */
  let received;
  let passedOnMs = Number.NEGATIVE_INFINITY;
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    const isRepeat = signal === received && performance.now() - passedOnMs < SAME_SIGNAL_MS;
    received = signal;
    const cameFromTerminal = signal === 'SIGINT' && process.stdin.isTTY === true;
    if (!isRepeat && !cameFromTerminal) {
      passedOnMs = performance.now();
      child.kill(signal);
    }
  };
  for (const signal of PASSED_ON) {
    process.on(signal, passOn);
  }
  const orphanWatch = setInterval(() => {
    if (parent !== undefined && process.ppid !== parent) {
      clearInterval(orphanWatch);
      passOn('SIGTERM');
    }
  }, ORPHAN_POLL_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal !== null) {
        reject(new Interrupted(signal));
      } else {
        resolve({ exitCode: code ?? 1, received });
      }
    });
  }).finally(() => {
    clearInterval(orphanWatch);
    for (const signal of PASSED_ON) {
      process.off(signal, passOn);
    }
  });
}
