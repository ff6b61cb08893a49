/** A generated statement in its clauses, so that a failing one can be made smaller. Expressions are texts. */
export interface Query {
  readonly recursive?: boolean;
  readonly ctes: readonly Cte[];
  /** One, or several with an operator between each two. */
  readonly arms: readonly Select[];
  readonly operators: readonly string[];
  readonly order: readonly string[];
  /** LIMIT, OFFSET and FETCH, in the order in which they are written. */
  readonly tail: readonly string[];
}

export interface Cte {
  /** With its columns, if they are named. */
  readonly name: string;
  /** `materialized` or `not materialized`. */
  readonly hint: string;
  readonly body: Query | string;
}

export interface Select {
  /** `distinct`, or `distinct on (…)`. */
  readonly distinct: string;
  readonly targets: readonly string[];
  readonly from: readonly FromPart[];
  /** Conjuncts. */
  readonly where: readonly string[];
  readonly group: readonly string[];
  readonly having: readonly string[];
}

export interface FromPart {
  /** `,` or a kind of join; nothing before the first part. */
  readonly join: string;
  readonly source: Query | string;
  /** With its columns, if they are named. */
  readonly alias: string;
  /** `using (…)`, or `on` and what follows; nothing where there is no condition. */
  readonly condition: string;
}

export const EMPTY_SELECT: Select = {
  distinct: '',
  targets: [],
  from: [],
  where: [],
  group: [],
  having: [],
};

export const queryOf = (select: Select, rest: Partial<Query> = {}): Query => ({
  ctes: [],
  arms: [select],
  operators: [],
  order: [],
  tail: [],
  ...rest,
});

export function renderQuery(query: Query): string {
  const { recursive, ctes, arms, operators, order, tail } = query;
  const withs = ctes.map(
    ({ name, hint, body }) =>
      `${name} as ${hint} (${typeof body === 'string' ? body : renderQuery(body)})`,
  );
  const first =
    withs.length === 0 ? '' : `with ${recursive ? 'recursive ' : ''}${withs.join(', ')}`;
  const selects = arms.map((arm, i) => `${operators[i - 1] ?? ''} ${renderSelect(arm)}`);
  return words(first, ...selects, list('order by', order, ', '), ...tail);
}

function renderSelect({ distinct, targets, from, where, group, having }: Select): string {
  return words(
    'select',
    distinct,
    targets.join(', '),
    list('from', from.map(renderFrom), ' '),
    list('where', where, ' and '),
    list('group by', group, ', '),
    list('having', having, ' and '),
  );
}

function renderFrom({ join, source, alias, condition }: FromPart, index: number): string {
  const text = typeof source === 'string' ? source : `(${renderQuery(source)})`;
  // What was joined to a part that is gone stands first now.
  return index === 0 ? words(text, alias) : words(join, text, alias, condition);
}

function list(keyword: string, parts: readonly string[], between: string): string {
  return parts.length === 0 ? '' : `${keyword} ${parts.join(between)}`;
}

function words(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
}
