/** A table with random rows of every pool of values. */
import type { Seed } from '../support/seed.js';
import { FIXED_POOLS, randomNumerics, type ValuePool } from './value-pools.js';

const ROWS = 900;
const GROUPS = 40;

/** The fixed pools, and random numerics of several sizes. */
export function allPools(random: Seed): readonly ValuePool[] {
  return [
    ...FIXED_POOLS,
    randomNumerics(random, 3, 2),
    randomNumerics(random, 25, 12),
    randomNumerics(random, 1, 40),
    randomNumerics(random, 0, 9),
  ];
}

/** Columns `g` (group; the first ones have few rows, the next only NULLs), `r` (random), `x0` …, `y0` … of every pool. */
export function tableSql(pools: readonly ValuePool[], random: Seed): string {
  const columns = pools.flatMap(({ type }, i) => [`x${i} ${type}`, `y${i} ${type}`]);
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const group = i < 3 ? 0 : i < 8 ? 1 : random.below(GROUPS);
    const value = ({ values, type }: ValuePool): string => {
      const none = group === 2 || (i > 8 && random.below(6) === 0);
      return none ? 'null' : `'${values[random.below(values.length)]}'::${type.split(' ')[0]}`;
    };
    const cells = pools.flatMap((pool) => [value(pool), value(pool)]);
    return `(${[group, random.below(1000), ...cells].join(', ')})`;
  });
  return `create table t (g int, r int, ${columns.join(', ')}); insert into t values ${rows.join(', ')}`;
}
