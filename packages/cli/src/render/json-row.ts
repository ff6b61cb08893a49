/**
 * Rows as JSON, in the manner of PostgreSQL's `row_to_json`: numbers of every type are JSON numbers with all their digits,
 * json values stand as they are, NaN and the infinities are texts, bytea is `\x…`. Timestamps are ISO 8601, in UTC where
 * they have a time zone.
 */
import type { Batch, Vector } from '@millrace/batch';
import type { CallOptions } from '@millrace/engine';

/** What the engine shall make of values. Whether a value is a number shows which columns are numeric. */
export const JSON_TYPES: NonNullable<CallOptions['types']> = {
  int8: 'bigint',
  numeric: 'number',
  date: 'string',
  timestamp: 'string',
  timestamptz: 'string',
  interval: 'string',
  json: 'value',
};

/** Objects, each on one line, of a batch that was asked for in `rowMode: 'array'`. */
export function* batchObjects(batch: Batch): Generator<string> {
  const names = batch.schema.fields.map(({ name }) => `${JSON.stringify(name)}:`);
  const { vectors } = batch;
  let row = 0;
  for (const values of batch.toRows() as unknown as readonly (readonly unknown[])[]) {
    const members = names.map(
      (name, column) => name + cellJson(values[column], vectors[column] as Vector, row),
    );
    yield `{${members.join(',')}}`;
    row += 1;
  }
}

function cellJson(value: unknown, vector: Vector, row: number): string {
  const { kind } = vector.type;
  if (kind === 'utf8' || kind === 'decimal') {
    const isWhole = typeof value === 'string' || typeof value === 'boolean' || value === null;
    if (!isWhole) {
      const text = vector.at(row) as string;
      if (isJson(text, value)) return oneLine(text);
      if (isNumbers(value)) return numbersJson(text);
    }
  }
  return valueJson(value);
}

/**
 * Whether the server's text of a number, an object or an array is JSON already: a numeric that is finite, or a json value.
 * Texts of PostgreSQL's arrays begin with a brace, or with bounds that no JSON begins with: `[0:1]={…}`.
 */
function isJson(text: string, value: unknown): boolean {
  if (typeof value === 'number') return /\d$/.test(text);
  if (Array.isArray(value)) return /^\s*\[(?![-\d]+:)/.test(text);
  return /^\s*\{/.test(text);
}

/** Whether a value is an array of numbers, of any depth: their texts are not quoted. */
function isNumbers(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const leaves = value.flat(Number.POSITIVE_INFINITY);
  return leaves.every((leaf) => leaf === null || typeof leaf === 'number');
}

/** PostgreSQL's text of such an array, `[0:1]={1.50,NULL}`, as JSON: through doubles, digits would be lost. */
function numbersJson(text: string): string {
  return text
    .replace(/^[^{]*=/, '')
    .replaceAll('{', '[')
    .replaceAll('}', ']')
    .replaceAll('NULL', 'null')
    .replaceAll(/-?Infinity|NaN/g, '"$&"');
}

/** Line ends of JSON stand between its tokens only: within texts they are escaped. */
function oneLine(json: string): string {
  return json.trim().replaceAll(/[\r\n]+/g, ' ');
}

function valueJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
  }
  if (Array.isArray(value)) return `[${value.map(valueJson).join(',')}]`;
  if (value instanceof Uint8Array) {
    return JSON.stringify(`\\x${Buffer.from(value).toString('hex')}`);
  }
  return JSON.stringify(value);
}
