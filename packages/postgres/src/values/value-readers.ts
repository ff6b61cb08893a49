/** Which reader makes a column's JavaScript values: `pg`'s by default, others by choice. */
import { ValueError } from '../errors.js';
import { columnDecoder, TypeOid } from '../types/type-table.js';
import type { ColumnDescription } from '../wire/messages-in.js';
import * as numbers from './number-values.js';
import * as temporal from './temporal-values.js';
import { asText, type TextParser, textParser } from './text-parsers.js';
import { readBytes, readTexts, textReader } from './text-values.js';
import type { TypeChoices } from './type-choices.js';
import { type ValueReader, withNulls } from './value-reader.js';

/**
 * The reader of a result column. Gives null where a row is NULL.
 *
 * @throws ValueError (the reader does) naming the column, for a value that its JavaScript type cannot hold
 */
export function valueReader(column: ColumnDescription, choices: TypeChoices = {}): ValueReader {
  return naming(column.name, withNulls(presentReader(column, choices)));
}

/** Says which column a reader fails on. */
function naming(column: string, read: ValueReader): ValueReader {
  return (vector, range, out) => {
    try {
      read(vector, range, out);
    } catch (cause) {
      throw new ValueError(column, cause);
    }
  };
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

function readerOfText({ dataTypeID }: ColumnDescription, choices: TypeChoices): ValueReader {
  const parse = textParser(dataTypeID, choices);
  return parse === asText ? textReader() : parsing(parse);
}

function parsing(parse: TextParser): ValueReader {
  return (vector, range, out) => {
    readTexts(vector, range, out);
    for (let row = range.from; row < range.to; row++) {
      if (!vector.isNull(row)) out[row - range.from] = parse(out[row - range.from] as string);
    }
  };
}
