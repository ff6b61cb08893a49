import { allocateLedger } from '@millrace/worker';
import { Slot } from '../dispatch/slot.js';

/** A thread for tunnels. It opens no connections to PostgreSQL. */
export function transportSlot(): Slot {
  return new Slot({
    shards: [],
    connectionsPerShard: 0,
    ledger: allocateLedger(0),
    verify: false,
    cancelGraceMs: 0,
  });
}
