import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError } from '../errors.js';
import {
  errorResponse,
  int16,
  int32,
  message,
  parameterDescription,
  rowDescription,
  zeroText,
} from '../testing/wire-encoder.js';
import {
  MessageBody,
  MessageType,
  readParameterDescription,
  readRowDescription,
  readServerError,
} from './messages-in.js';

/** The body of a whole message, lying somewhere in a larger buffer of other bytes. */
function bodyOf(bytes: Uint8Array): MessageBody {
  const around = Buffer.concat([Buffer.alloc(7, 0x41), bytes, Buffer.alloc(9, 0x42)]);
  return new MessageBody(around, 7 + 5, 7 + bytes.length);
}

// By the protocol's documentation: an int4 and a varchar(7), as `select 1 as one, 'x'::varchar(7) as "ü"` gives them.
const TWO_COLUMNS = Buffer.from(
  '540000003100026f6e650000000000000000000017' +
    '0004ffffffff0000c3bc0000000000000000000413ffff0000000b0000',
  'hex',
);

describe('RowDescription', () => {
  test('is read byte by byte', () => {
    expect(TWO_COLUMNS.readInt32BE(1)).toBe(TWO_COLUMNS.length - 1);
    expect(readRowDescription(bodyOf(TWO_COLUMNS))).toEqual([
      {
        name: 'one',
        tableID: 0,
        columnID: 0,
        dataTypeID: 23,
        dataTypeSize: 4,
        dataTypeModifier: -1,
      },
      {
        name: 'ü',
        tableID: 0,
        columnID: 0,
        dataTypeID: 1043,
        dataTypeSize: -1,
        dataTypeModifier: 11,
      },
    ]);
  });

  test('may have any columns: OIDs are unsigned, modifiers are not', () => {
    const columns = fc.array(
      fc.record({
        name: fc.string({ unit: 'grapheme' }).map((name) => name.replaceAll('\0', '')),
        dataTypeID: fc.nat({ max: 0xffffffff }),
        dataTypeModifier: fc.integer(),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(columns, (expected) => {
        expect(readRowDescription(bodyOf(rowDescription(expected)))).toEqual(
          expected.map((column) => ({ tableID: 0, columnID: 0, dataTypeSize: -1, ...column })),
        );
      }),
    );
  });

  test('that ends early, at any byte, is a WireError', () => {
    const whole = TWO_COLUMNS;
    for (let end = 5; end < whole.length; end++) {
      const body = new MessageBody(whole, 5, end);
      expect(() => readRowDescription(body), `${end} bytes`).toThrow(WireError);
    }
  });
});

test('ParameterDescription gives unsigned OIDs, as many as a 16-bit number counts', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 0xffffffff })), (oids) => {
      expect(readParameterDescription(bodyOf(parameterDescription(oids)))).toEqual(oids);
    }),
  );
  const many = message('t', Buffer.of(0xff, 0xff), Buffer.alloc(4 * 65_535));
  expect(readParameterDescription(bodyOf(many))).toHaveLength(65_535);
  expect(() => readParameterDescription(bodyOf(message('t', int16(2), int32(25))))).toThrow(
    WireError,
  );
});

describe('ErrorResponse', () => {
  const ALL = {
    ...{ S: 'FEHLER', V: 'ERROR', C: '23505', M: 'doppelter Schlüssel', D: 'detail', H: 'hint' },
    ...{ P: '12', p: '3', q: 'select 1', W: 'where', s: 'schema', t: 'table', c: 'column' },
    ...{ d: 'type', n: 'constraint', F: 'nbtinsert.c', L: '664', R: '_bt_check_unique' },
  };

  test('has its fields by the names of pg, the severity not translated', () => {
    expect(readServerError(bodyOf(errorResponse(ALL)))).toEqual({
      ...{ severity: 'ERROR', code: '23505', message: 'doppelter Schlüssel', detail: 'detail' },
      ...{ hint: 'hint', position: '12', internalPosition: '3', internalQuery: 'select 1' },
      ...{ where: 'where', schema: 'schema', table: 'table', column: 'column', dataType: 'type' },
      ...{
        constraint: 'constraint',
        file: 'nbtinsert.c',
        line: '664',
        routine: '_bt_check_unique',
      },
    });
  });

  test('may lack every field, or have fields that are not known yet', () => {
    expect(readServerError(bodyOf(errorResponse({})))).toEqual({ message: '', code: 'XX000' });
    expect(readServerError(bodyOf(errorResponse({ M: 'm', Z: 'new' })))).toEqual({
      message: 'm',
      code: 'XX000',
    });
  });

  test('without its end, at any byte, is a WireError', () => {
    const whole = errorResponse(ALL);
    for (let end = 5; end < whole.length; end++) {
      expect(() => readServerError(new MessageBody(whole, 5, end)), `${end} bytes`).toThrow(
        WireError,
      );
    }
  });
});

describe('MessageBody', () => {
  test('reads numbers big-endian, signed and not', () => {
    const bytes = Buffer.from('ff8000fffe80000000fffffffe', 'hex');
    const body = bodyOf(message('x', bytes));
    expect(body.left).toBe(13);
    expect([body.uint8(), body.int16(), body.uint16(), body.int32(), body.uint32()]).toEqual([
      0xff, -0x8000, 0xfffe, -0x80000000, 0xfffffffe,
    ]);
    expect(body.left).toBe(0);
    expect(() => body.uint8()).toThrow(WireError);
  });

  test('reads no text past its end, though a zero lies behind it', () => {
    const bytes = Buffer.concat([zeroText('inside'), zeroText('out')]);
    const body = new MessageBody(bytes, 0, 9);
    expect(body.text()).toBe('inside');
    expect(() => body.text()).toThrow(WireError);
  });
});

test('type bytes are the letters of the protocol', () => {
  const letters = Object.entries(MessageType).map(([name, byte]) => [
    name,
    String.fromCharCode(byte),
  ]);
  expect(Object.fromEntries(letters)).toEqual({
    ...{ bindComplete: '2', closeComplete: '3', commandComplete: 'C', copyBothResponse: 'W' },
    ...{ copyData: 'd', copyDone: 'c', copyInResponse: 'G', copyOutResponse: 'H', dataRow: 'D' },
    ...{ emptyQuery: 'I', error: 'E', noData: 'n', notice: 'N', notification: 'A' },
    ...{ parameterDescription: 't', parameterStatus: 'S', parseComplete: '1' },
    ...{ portalSuspended: 's', readyForQuery: 'Z', rowDescription: 'T' },
  });
});
