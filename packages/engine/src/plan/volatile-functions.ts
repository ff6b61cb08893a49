/** Functions whose value is another one at each call: which of them can be answered, and which would mean something else. */
import { UnsupportedError } from '../errors.js';
import { type Node, namesOf } from '../sql/tree.js';
import { walk } from '../sql/walk.js';
import type { Catalog } from '../topology/catalog.js';

/** Functions of chance or time that leave nothing behind: any value they give is as good as another. */
const HARMLESS = new Set([
  'random',
  'random_normal',
  'gen_random_uuid',
  'uuidv4',
  'uuidv7',
  'clock_timestamp',
  'timeofday',
  'pg_sleep',
  'pg_sleep_for',
  'pg_sleep_until',
]);

/**
 * Refuses a statement that calls a function which reads or changes what each shard has for itself.
 *
 * @throws UnsupportedError
 */
export function refuseVolatile(
  statement: Node,
  catalog: Catalog,
  positionOf: (location: number) => number,
): void {
  walk(statement, (kind, body) => {
    if (kind !== 'FuncCall') return;
    const names = namesOf(body.funcname as Node[]);
    const name = names.at(-1) ?? '';
    const known = catalog.function(names.length > 1 ? names[0] : undefined, name);
    if (known?.volatility !== 'volatile') return;
    if (HARMLESS.has(name) && !known.userDefined) return;
    const location = (body.location as number | undefined) ?? -1;
    throw new UnsupportedError(
      `${name}() is volatile: each shard would compute, or change, something of its own`,
      {
        clause: `${name}()`,
        hint: known.userDefined
          ? `declare the function STABLE or IMMUTABLE if it is, or pass { mode: 'union' }`
          : `leave it out, or pass { mode: 'union' } to have it run on every shard`,
        ...(location >= 0 && { position: positionOf(location) }),
      },
    );
  });
}
