/** Messages as a server writes them, made by hand: the other side of what this package reads. For its tests. */

/** A message with its type and length. */
export function message(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(body.length + 4), body]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  return int32(value | 0);
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

export function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes;
}

export function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

/** Text with its terminating zero. */
export function zeroText(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** Fields as they travel; null is NULL. */
export function dataRow(fields: readonly (Uint8Array | null)[]): Buffer {
  const parts = fields.flatMap((field) =>
    field === null ? [int32(-1)] : [int32(field.length), field],
  );
  return message('D', int16(fields.length), ...parts);
}

export interface ColumnBytes {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier?: number;
}

export function rowDescription(columns: readonly ColumnBytes[]): Buffer {
  const parts = columns.map(({ name, dataTypeID, dataTypeModifier = -1 }) =>
    Buffer.concat([
      zeroText(name),
      ...[uint32(0), int16(0), uint32(dataTypeID), int16(-1), int32(dataTypeModifier), int16(0)],
    ]),
  );
  return message('T', int16(columns.length), ...parts);
}

export function parameterDescription(oids: readonly number[]): Buffer {
  return message('t', int16(oids.length), ...oids.map(uint32));
}

export function commandComplete(tag: string): Buffer {
  return message('C', zeroText(tag));
}

export function readyForQuery(): Buffer {
  return message('Z', Buffer.from('I'));
}

/** An ErrorResponse or NoticeResponse; `fields` by their one-letter codes. */
export function errorResponse(fields: Readonly<Record<string, string>>, type = 'E'): Buffer {
  const parts = Object.entries(fields).map(([code, text]) =>
    Buffer.concat([Buffer.from(code), zeroText(text)]),
  );
  return message(type, ...parts, Buffer.of(0));
}
