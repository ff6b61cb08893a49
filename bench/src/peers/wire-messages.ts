/**
 * The messages of one extended-protocol query, as Millrace sends them: Parse, Bind with one result format per column,
 * Describe, Execute, Sync (PostgreSQL documentation, "Message Formats").
 */
export function extendedQuery(sql: string, resultFormats: readonly number[]): Buffer {
  const parse = Buffer.concat([text(''), text(sql), int16(0)]);
  const bind = Buffer.concat([
    text(''),
    text(''),
    int16(0),
    int16(0),
    int16(resultFormats.length),
    ...resultFormats.map(int16),
  ]);
  const describePortal = Buffer.concat([Buffer.from('P'), text('')]);
  const execute = Buffer.concat([text(''), int32(0)]);
  return Buffer.concat([
    message('P', parse),
    message('B', bind),
    message('D', describePortal),
    message('E', execute),
    message('S', Buffer.alloc(0)),
  ]);
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
