/**
 * Who a process is beyond its number, so that a number used again is not taken for the process that
 * had it before. Everything here is synchronous: it also runs while this process ends.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { isSystemError } from './errors.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; absent where there is no /proc. */
  readonly startTime?: string;
  readonly bootId?: string;
  /** Numbers mean something only within one namespace: containers may share a directory, not their numbers. */
  readonly pidNamespace?: string;
  readonly hostname: string;
}

/** The identity of this process. */
export function currentProcess(): ProcessIdentity {
  const startTime = statFields(process.pid)?.[19];
  const bootId = readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
  const pidNamespace = linkIfThere('/proc/self/ns/pid');
  return {
    pid: process.pid,
    hostname: hostname(),
    ...(startTime !== undefined && { startTime }),
    ...(bootId !== undefined && { bootId }),
    ...(pidNamespace !== undefined && { pidNamespace }),
  };
}

/** True only when the process has certainly ended; false also when that cannot be known from here. */
export function hasCertainlyEnded(identity: ProcessIdentity): boolean {
  const here = currentProcess();
  if (identity.bootId !== here.bootId) {
    // Restarted since, unless the directory is shared with another machine.
    return identity.hostname === here.hostname;
  }
  if (identity.pidNamespace !== here.pidNamespace) {
    return false;
  }
  return !isRunning(identity.pid) || statFields(identity.pid)?.[19] !== identity.startTime;
}

/** Whether a process of that number runs. One that ended, but was not waited for, does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isSystemError(error, 'EPERM');
  }
  if (process.platform === 'win32') {
    return true;
  }
  const state = statFields(pid)?.[0] ?? ps(pid, 'stat=');
  return !/^[ZX]/.test(state.trim());
}

/** Whether `pid` is a postmaster that serves this data directory, and not another process that got its number. */
export function isPostmasterOf(pid: number, dataDirectory: string): boolean {
  if (!isRunning(pid)) {
    return false;
  }
  if (process.platform === 'win32') {
    const tasks = spawnSync('tasklist', ['/FO', 'CSV', '/NH', '/FI', `PID eq ${pid}`], {
      encoding: 'utf8',
    });
    return tasks.stdout?.includes('"postgres.exe"') ?? false;
  }
  const commandLine = readIfThere(`/proc/${pid}/cmdline`);
  if (commandLine === undefined) {
    return ps(pid, 'command=').trim().endsWith(`postgres -D ${dataDirectory}`);
  }
  const [program = '', option, directory] = commandLine.split('\0');
  return basename(program) === 'postgres' && option === '-D' && directory === dataDirectory;
}

/** The fields of /proc/<pid>/stat from the third (state) on: the second, the name, may hold spaces. */
function statFields(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function ps(pid: number, field: string): string {
  return (
    spawnSync('ps', ['-ww', '-o', field, '-p', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  );
}

function readIfThere(path: string): string | undefined {
  return ifThere(() => readFileSync(path, 'latin1'));
}

function linkIfThere(path: string): string | undefined {
  return ifThere(() => readlinkSync(path));
}

function ifThere(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    // ESRCH: the process ended between the opening and the reading of its file.
    if (isSystemError(error, 'ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES', 'EPERM')) {
      return undefined;
    }
    throw error;
  }
}
