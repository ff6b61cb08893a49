/**
 * Which sessions on which servers a thread is using, in memory that outlives the thread. When a thread dies its sockets are
 * closed, but a server that computes notices that only when it sends: whoever finds the ledger cancels what is left there.
 *
 * Written by the thread, read by the engine after the thread's death: a place is its thread's until then.
 */
import type { BackendKey } from '@millrace/postgres';

/** A place: thread (0: the place is free), shard, server, process, secret. */
const PLACE_INTS = 5;

export interface LedgerEntry {
  readonly shard: number;
  /** Number of the shard's server. */
  readonly server: number;
  readonly key: BackendKey;
}

/** Memory for the ledger of one slot's thread, and of those that replace it. */
export function allocateLedger(places: number): SharedArrayBuffer {
  return new SharedArrayBuffer(places * PLACE_INTS * Int32Array.BYTES_PER_ELEMENT);
}

export class SessionLedger {
  readonly #ints: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#ints = new Int32Array(memory);
  }

  /** Notes a session that a thread begins to use. Where there is no place left it goes without. */
  enter(thread: number, { shard, server, key }: LedgerEntry): void {
    const ints = this.#ints;
    for (let at = 0; at < ints.length; at += PLACE_INTS) {
      if (Atomics.load(ints, at) !== 0) continue;
      ints.set([shard, server, key.processId, key.secretKey], at + 1);
      Atomics.store(ints, at, thread);
      return;
    }
  }

  /** The session is not in use any more. */
  leave(thread: number, { shard, server, key }: LedgerEntry): void {
    const ints = this.#ints;
    for (let at = 0; at < ints.length; at += PLACE_INTS) {
      const here = ints[at + 1] === shard && ints[at + 2] === server;
      const same = here && ints[at + 3] === (key.processId | 0);
      if (same && Atomics.load(ints, at) === thread) Atomics.store(ints, at, 0);
    }
  }

  /** Takes out the entries of threads that are no longer alive. */
  takeOrphans(alive: ReadonlySet<number>): LedgerEntry[] {
    const ints = this.#ints;
    const orphans: LedgerEntry[] = [];
    for (let at = 0; at < ints.length; at += PLACE_INTS) {
      const thread = Atomics.load(ints, at);
      if (thread === 0 || alive.has(thread)) continue;
      const [shard, server, processId, secretKey] = ints.subarray(at + 1, at + PLACE_INTS);
      orphans.push({
        shard: shard as number,
        server: server as number,
        key: { processId: processId as number, secretKey: secretKey as number },
      });
      Atomics.store(ints, at, 0);
    }
    return orphans;
  }
}
