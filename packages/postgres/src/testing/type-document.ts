/** The type list as the table of `docs/types.md`. For the test that keeps the two in step. */
import { type DataType, typeName } from '@millrace/batch';
import { TYPE_LIST, type TypeRow } from '../types/type-list.js';
import { TYPE_CHOICES } from '../values/type-choices.js';

/** Arrow's types by the names that apache-arrow gives them. */
const ARROW: { readonly [kind in Exclude<DataType['kind'], 'timestamp'>]: string } = {
  bool: 'Bool',
  int16: 'Int16',
  int32: 'Int32',
  uint32: 'Uint32',
  int64: 'Int64',
  float32: 'Float32',
  float64: 'Float64',
  decimal: 'Decimal',
  date: 'Date32<DAY>',
  uuid: 'FixedSizeBinary[16]',
  utf8: 'Utf8',
  binary: 'Binary',
};

const HEAD = ['PostgreSQL', 'wire', 'column', 'Arrow', 'value', 'value of an array', '`types`'];

/** A numeric with a declaration that the decimal layout holds: the one type whose layout its declaration decides. */
const DECLARED_NUMERIC = {
  name: 'numeric(p,s), p ≤ 38, 0 ≤ s ≤ p',
  layout: { kind: 'decimal', precision: 38, scale: 0 },
} as const;

/** The table's lines, without padding between the bars. */
export function typeTableLines(): string[] {
  const rows = TYPE_LIST.flatMap((row) =>
    row.name === 'numeric' ? [{ ...row, ...DECLARED_NUMERIC }, row] : [row],
  );
  return [HEAD, HEAD.map(() => '---'), ...rows.map(cellsOf)].map((cells) => cells.join('|'));
}

function cellsOf({ name, wire, layout, value, arrayValue, choice }: TypeRow): string[] {
  const code = (text: string): string => (text === '—' ? text : `\`${text}\``);
  const others = choice === undefined ? '' : `\`${choice}\`: ${TYPE_CHOICES[choice].join(', ')}`;
  const column = layout.kind === 'decimal' ? 'decimal(p,s)' : typeName(layout);
  return [code(name), wire, column, code(arrowName(layout)), code(value), code(arrayValue), others];
}

function arrowName(type: DataType): string {
  if (type.kind !== 'timestamp') return ARROW[type.kind];
  return type.utc ? 'Timestamp<MICROSECOND, UTC>' : 'Timestamp<MICROSECOND>';
}
