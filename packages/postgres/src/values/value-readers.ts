/** Which reader makes a column's JavaScript values: `pg`'s by default, others by choice. */
import types from 'pg-types';
import { columnDecoder, TypeOid } from '../types/type-table.js';
import type { ColumnDescription } from '../wire/messages-in.js';
import * as numbers from './number-values.js';
import * as temporal from './temporal-values.js';
import { readBytes, readTexts, textReader } from './text-values.js';
import type { TypeChoices } from './type-choices.js';
import { type ValueReader, withNulls } from './value-reader.js';

/** The reader of a result column. Gives null where a row is NULL. */
export function valueReader(column: ColumnDescription, choices: TypeChoices = {}): ValueReader {
  return withNulls(presentReader(column, choices));
}

function presentReader(column: ColumnDescription, choices: TypeChoices): ValueReader {
  switch (columnDecoder(column).type.kind) {
    case 'bool':
      return numbers.readBooleans;
    case 'int16':
    case 'int32':
    case 'uint32':
    case 'float64':
      return numbers.readNumbers;
    case 'float32':
      return numbers.readFloat4;
    case 'int64':
      return INT8[choices.int8 ?? 'string'];
    case 'decimal':
      return choices.numeric === 'number'
        ? numbers.readDecimalAsNumber
        : numbers.readDecimalAsString;
    case 'date':
      return choices.date === 'string' ? temporal.readDateAsString : temporal.readDateAsDate;
    case 'timestamp':
      return timestampReader(column, choices);
    case 'uuid':
      return numbers.readUuids;
    case 'binary':
      return readBytes;
    case 'utf8':
      return readerOfText(column, choices);
  }
}

const INT8 = {
  string: numbers.readInt8AsString,
  bigint: numbers.readInt8AsBigint,
  number: numbers.readInt8AsNumber,
} as const;

function timestampReader(column: ColumnDescription, choices: TypeChoices): ValueReader {
  const utc = column.dataTypeID === TypeOid.timestamptz;
  switch ((utc ? choices.timestamptz : choices.timestamp) ?? 'date') {
    case 'string':
      return temporal.readTimestampAsString;
    case 'bigint':
      return temporal.readTimestampAsBigint;
    case 'date':
      return utc ? temporal.readTimestamptzAsDate : temporal.readTimestampAsDate;
  }
}

/** What travels as text is parsed by `pg`'s own parser for the type, where it has one. */
function readerOfText({ dataTypeID }: ColumnDescription, choices: TypeChoices): ValueReader {
  if (dataTypeID === TypeOid.numeric && choices.numeric === 'number') return parsing(Number);
  const parse = types.getTypeParser(dataTypeID, 'text') as (text: string) => unknown;
  return parse === types.getTypeParser(TypeOid.text, 'text') ? textReader() : parsing(parse);
}

function parsing(parse: (text: string) => unknown): ValueReader {
  return (vector, range, out) => {
    readTexts(vector, range, out);
    for (let row = range.from; row < range.to; row++) {
      if (!vector.isNull(row)) out[row - range.from] = parse(out[row - range.from] as string);
    }
  };
}
