import {
  type BatchSink,
  type ColumnDescription,
  ResultReader,
  WireBuffer,
} from '@millrace/postgres';
import type { MicroBench } from './micro-bench.js';

/** A type as it travels: how the server sends the value of a row. */
interface WireColumn {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier?: number;
  value(row: number): Buffer;
}

const columns: readonly WireColumn[] = [
  { name: 'bool', dataTypeID: 16, value: (row) => Buffer.of(row & 1) },
  { name: 'int2', dataTypeID: 21, value: (row) => bytes(2, (b) => b.writeInt16BE(row % 32_000)) },
  { name: 'int4', dataTypeID: 23, value: (row) => bytes(4, (b) => b.writeInt32BE(row * 977)) },
  {
    name: 'int8',
    dataTypeID: 20,
    value: (row) => bytes(8, (b) => b.writeBigInt64BE(BigInt(row) << 20n)),
  },
  { name: 'float8', dataTypeID: 701, value: (row) => bytes(8, (b) => b.writeDoubleBE(row / 7)) },
  {
    name: 'timestamptz',
    dataTypeID: 1184,
    value: (row) => bytes(8, (b) => b.writeBigInt64BE(BigInt(row) * 999_983n)),
  },
  { name: 'uuid', dataTypeID: 2950, value: (row) => Buffer.alloc(16, row) },
  {
    name: 'numeric(12,2)',
    dataTypeID: 1700,
    dataTypeModifier: ((12 << 16) | 2) + 4,
    value: (row) => Buffer.from((row / 100).toFixed(2)),
  },
  {
    name: 'numeric(38,10)',
    dataTypeID: 1700,
    dataTypeModifier: ((38 << 16) | 10) + 4,
    value: (row) => Buffer.from(`${row}1234567890123456.0123456789`),
  },
  {
    name: 'text of 10',
    dataTypeID: 25,
    value: (row) => Buffer.from(String(row).padStart(10, 'x')),
  },
  {
    name: 'text of 100',
    dataTypeID: 25,
    value: (row) => Buffer.from(String(row).padStart(100, 'x')),
  },
];

/** From bytes of the wire to a batch, a type at a time: scanning rows, laying out, and the type's kernel. */
export function decodeSuite(small: boolean): readonly MicroBench[] {
  const rowCount = small ? 200 : 8000;
  return columns.map((column) => {
    const wire = Buffer.concat(
      Array.from({ length: rowCount }, (_, row) => dataRow(column.value(row))),
    );
    return {
      name: column.name,
      stage: 'decode',
      units: rowCount,
      unit: 'value',
      run: decoder(describe(column), wire, rowCount),
    };
  });
}

function decoder(column: ColumnDescription, bytes: Buffer, rowCount: number): () => number {
  const buffer = new SharedArrayBuffer(bytes.length * 2 + 4096);
  let rows = 0;
  const sink: BatchSink = {
    ready: () => true,
    put: (_, seen) => {
      rows = seen.rowCount;
    },
    source: () => buffer,
  };
  const wire = new WireBuffer(bytes.length + 65_536);
  return () => {
    const reader = new ResultReader([column], { maxRows: rowCount + 1, maxBytes: wire.capacity });
    wire.scanned = 0;
    wire.end = 0;
    wire.append(bytes);
    reader.read(wire, sink);
    reader.flush(wire, sink);
    return rows;
  };
}

function describe({ name, dataTypeID, dataTypeModifier = -1 }: WireColumn): ColumnDescription {
  return { name, dataTypeID, dataTypeModifier, dataTypeSize: -1, tableID: 0, columnID: 0 };
}

/** DataRow of one field: type byte, length, column count, field length, value. */
function dataRow(value: Buffer): Buffer {
  const head = Buffer.alloc(11);
  head.write('D', 0, 'latin1');
  head.writeInt32BE(10 + value.length, 1);
  head.writeInt16BE(1, 5);
  head.writeInt32BE(value.length, 7);
  return Buffer.concat([head, value]);
}

function bytes(length: number, write: (buffer: Buffer) => unknown): Buffer {
  const buffer = Buffer.alloc(length);
  write(buffer);
  return buffer;
}
