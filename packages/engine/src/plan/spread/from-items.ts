/** Ways through the items of a FROM. */
import type { Node } from '../../sql/tree.js';
import type { Column, FromItem, Relation } from '../binder/block.js';

/** The relations of an item, those of joins among them; without the columns that a FULL JOIN merges. */
export function relationsOf(item: FromItem): Relation[] {
  if (item.kind === 'relation') return [item.relation];
  return [...relationsOf(item.left), ...relationsOf(item.right)];
}

/** The sides of a join whose rows come out only as they are: none of them is filled with NULLs. */
export function keptSides(item: Extract<FromItem, { kind: 'join' }>): readonly FromItem[] {
  switch (item.type) {
    case 'inner':
      return [item.left, item.right];
    case 'left':
      return [item.left];
    case 'right':
      return [item.right];
    case 'full':
      return [];
  }
}

export interface InnerConditions {
  readonly conditions: readonly Node[];
  readonly using: readonly (readonly [Column, Column])[];
}

/** The conditions that every row of a FROM meets: those of inner joins that no outer join is above of. */
export function innerConditions(items: readonly FromItem[]): InnerConditions {
  const conditions: Node[] = [];
  const using: (readonly [Column, Column])[] = [];
  const visit = (item: FromItem): void => {
    if (item.kind !== 'join') return;
    if (item.type === 'inner') {
      if (item.on !== undefined) conditions.push(item.on);
      using.push(...item.using);
    }
    keptSides(item).forEach(visit);
  };
  items.forEach(visit);
  return { conditions, using };
}
