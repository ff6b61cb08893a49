import { anyColumn, type Scope, type Writer } from './scope.js';

/** An equality of the inner rows with the outer ones: on the key, where both have the same. */
export function correlation(writer: Writer, outer: Scope, inner: Scope): string {
  const sameKeys =
    inner.key.length > 0 && inner.key.every(({ cast }, i) => outer.key[i]?.cast === cast);
  if (sameKeys && outer.key.length === inner.key.length && writer.choose.chance(0.6)) {
    return inner.key.map(({ name }, i) => `${name} = ${outer.key[i]?.name}`).join(' and ');
  }
  const one = anyColumn(writer, inner, 'int')?.name ?? '1';
  return `${one} = ${anyColumn(writer, outer, 'int')?.name ?? '1'}`;
}
