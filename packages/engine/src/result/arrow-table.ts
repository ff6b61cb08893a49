/** A result as an apache-arrow Table over the same memory. */
import {
  type Batch,
  type DataType,
  type FixedVector,
  type Schema,
  type VariableVector,
  type Vector,
  weigh,
} from '@millrace/batch';
import type * as Arrow from 'apache-arrow';
import { ConfigurationError, UnsupportedError } from '../errors.js';

type ArrowModule = typeof Arrow;

/** apache-arrow's `Table`. */
export type ArrowTable = Arrow.Table;

/** apache-arrow is an optional peer: it is loaded by the first call that needs it. */
async function loadArrow(): Promise<ArrowModule> {
  try {
    return await import('apache-arrow');
  } catch (cause) {
    throw new ConfigurationError(
      "arrow() needs the package 'apache-arrow': install it beside @millrace/engine",
      { cause },
    );
  }
}

/**
 * @param batches retained batches of the schema
 * @param missing names of shards whose rows are not in it
 * @throws UnsupportedError for values that Arrow's types have no room for, naming the column
 */
export async function arrowTable(
  schema: Schema,
  batches: readonly Batch[],
  missing: readonly string[] = [],
): Promise<Arrow.Table> {
  const arrow = await loadArrow();
  const fields = schema.fields.map(
    ({ name, type }) => new arrow.Field(name, arrowType(arrow, type), true),
  );
  const metadata = new Map(
    missing.length === 0 ? [] : [['millrace.missing', JSON.stringify(missing)]],
  );
  const arrowSchema = new arrow.Schema(fields, metadata);
  const recordBatches = batches.map((batch) => {
    const children = batch.vectors.map((vector, column) => {
      refuseSpecial(vector, (schema.fields[column] as Schema['fields'][number]).name);
      return arrowData(arrow, vector, (fields[column] as Arrow.Field).type);
    });
    const struct = arrow.makeData({
      type: new arrow.Struct(fields),
      length: batch.rowCount,
      nullCount: 0,
      children,
    });
    return new arrow.RecordBatch(arrowSchema, struct);
  });
  const table = new arrow.Table(arrowSchema, recordBatches);
  weigh(
    table,
    batches.reduce((sum, { byteLength }) => sum + byteLength, 0),
  );
  return table;
}

function refuseSpecial({ hasSpecial, type }: Vector, name: string): void {
  if (!hasSpecial) return;
  const what = type.kind === 'decimal' ? 'NaN' : 'infinity, or a year past 294246';
  throw new UnsupportedError(
    `Column "${name}" holds ${what}, which Arrow's ${type.kind} has no room for`,
    {
      clause: name,
      hint: 'cast the column to text in the statement, or read it by query() or stream()',
    },
  );
}

function arrowType(arrow: ArrowModule, type: DataType): Arrow.DataType {
  switch (type.kind) {
    case 'bool':
      return new arrow.Bool();
    case 'int16':
      return new arrow.Int16();
    case 'int32':
      return new arrow.Int32();
    case 'uint32':
      return new arrow.Uint32();
    case 'int64':
      return new arrow.Int64();
    case 'float32':
      return new arrow.Float32();
    case 'float64':
      return new arrow.Float64();
    case 'decimal':
      return new arrow.Decimal(type.scale, type.precision, 128);
    case 'date':
      return new arrow.DateDay();
    case 'timestamp':
      return new arrow.TimestampMicrosecond(type.utc ? 'UTC' : null);
    case 'uuid':
      return new arrow.FixedSizeBinary(16);
    case 'utf8':
      return new arrow.Utf8();
    case 'binary':
      return new arrow.Binary();
  }
}

/** Arrow's view of a vector: the same bytes. */
function arrowData(arrow: ArrowModule, vector: Vector, type: Arrow.DataType): Arrow.Data {
  const { length, nullCount } = vector;
  const nullBitmap = nullCount > 0 ? vector.validity : undefined;
  const common = { type, length, nullCount, nullBitmap };
  const kind = vector.type.kind;
  if (kind === 'utf8' || kind === 'binary') {
    const { offsets, data } = vector as VariableVector;
    return arrow.makeData({ ...common, valueOffsets: offsets, data } as unknown as Parameters<
      typeof arrow.makeData
    >[0]);
  }
  const { values } = vector as FixedVector;
  // Arrow reads decimals by 32-bit words; all other types by arrays of their own width, as vectors have them.
  const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
  const data =
    kind === 'decimal' ? new Uint32Array(words.buffer, words.byteOffset, words.length) : values;
  return arrow.makeData({ ...common, data } as unknown as Parameters<typeof arrow.makeData>[0]);
}
