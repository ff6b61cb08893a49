import type { Failed } from '@millrace/worker';
import { ShardError } from '../errors.js';
import type { ExecutionPart } from './execution-part.js';
import { taskError } from './task-failure.js';

/** Some shards accept the statement and one does not: then it is the shard that is wrong, not the statement. */
export function refusal(
  { shard, rejected }: ExecutionPart,
  parts: readonly ExecutionPart[],
): Error {
  const error = taskError(shard, rejected as Failed);
  const accepting = parts
    .filter(({ described }) => described !== undefined)
    .map((part) => `'${part.shard.name}'`);
  if (accepting.length === 0 || error instanceof ShardError) return error;
  const others =
    accepting.length > 4 ? `${accepting.length} other shards` : `shard ${accepting.join(', ')}`;
  return new ShardError(
    shard.name,
    `${error.message}, but ${others} took the statement: the shards' schemas must be the same`,
    { code: error.code, cause: error },
  );
}
