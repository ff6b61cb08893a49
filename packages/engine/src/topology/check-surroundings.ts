import { type CheckedShard, type CheckProblem, difference } from './check-problem.js';
import type { Surroundings } from './surroundings.js';

/** What is not the same on all shards. A type or collation that one shard has not is missed by its columns, not here. */
export function surroundingProblems(shards: readonly CheckedShard[]): CheckProblem[] {
  return [
    ...compare(shards, 'setting', 'settings', (name) => name),
    ...compare(shards, 'setting', 'collations', (name) => `collation ${name}`),
    ...compare(shards, 'type', 'types', (name) => `type ${name}`),
  ];
}

function compare(
  shards: readonly CheckedShard[],
  kind: 'setting' | 'type',
  part: keyof Surroundings,
  what: (name: string) => string,
): CheckProblem[] {
  const names = new Set(shards.flatMap(({ surroundings }) => Object.keys(surroundings[part])));
  return [...names].sort().flatMap((name) => {
    const having = shards.filter(({ surroundings }) => Object.hasOwn(surroundings[part], name));
    const found = difference(
      having,
      having.map(({ surroundings }) => surroundings[part][name] ?? ''),
    );
    return found === undefined
      ? []
      : [{ kind, shards: found.odd, message: `${what(name)} differs: ${found.text}` }];
  });
}
