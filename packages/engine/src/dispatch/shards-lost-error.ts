import { ShardError } from '../errors.js';
import type { MissingShard } from './execution-part.js';

/**
 * A merge has lost shards, whose rows cannot be taken out of it any more: it may be started again without them. Never
 * leaves the engine but where nobody starts it again; it then reads as the first shard's error.
 */
export class ShardsLostError extends ShardError {
  readonly missing: readonly MissingShard[];

  /** @param missing at least one */
  constructor(missing: readonly MissingShard[]) {
    const { shard, error } = missing[0] as MissingShard;
    const prefix = `Shard '${shard}': `;
    super(shard, error.message.slice(prefix.length), { code: error.code, cause: error });
    this.name = 'ShardError';
    this.missing = missing;
  }
}
