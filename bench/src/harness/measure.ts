import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What one run cost its process. Times in milliseconds, memory in bytes. */
export interface Measurement {
  readonly wallMs: number;
  /** User and system time of the whole process, all threads. */
  readonly cpuMs: number;
  /** The most memory the process has ever had resident, start-up included. */
  readonly peakRssBytes: number;
  /** Delay of the calling thread's event loop. The monitor's own 1 ms resolution is part of every figure. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** Runs `work` once and measures it. */
export async function measure<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; measurement: Measurement }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  // A loop blocked to the end has not fired the monitor's timer yet: let the last delay be seen.
  await new Promise((resolve) => setTimeout(resolve, 2));
  delay.disable();
  const measurement: Measurement = {
    wallMs,
    cpuMs: (used.user + used.system) / 1000,
    peakRssBytes: peakRssBytes(),
    loopDelayMs: {
      p50: delay.percentile(50) / 1e6,
      p99: delay.percentile(99) / 1e6,
      max: delay.max / 1e6,
    },
  };
  return { result, measurement };
}

/**
 * On Linux VmHWM of this process image. `getrusage` would start from the parent's size at the time of the fork, and
 * serves elsewhere.
 */
function peakRssBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return kilobytes === undefined ? process.resourceUsage().maxRSS * 1024 : Number(kilobytes) * 1024;
}
