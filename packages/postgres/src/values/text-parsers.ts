/** What a text from the server becomes: by `pg`'s own parser for its type, or as a choice of `TypeChoices` says. */
import types from 'pg-types';
import { elementRow, typeRow } from '../types/type-list.js';
import { timestampMicros, timestampText } from './calendar-text.js';
import type { TypeChoices } from './type-choices.js';

export type TextParser = (text: string) => unknown;

/** The parser that leaves a text as it is. */
export const asText: TextParser = (text) => text;

/** What `pg` answers for a type that it has no parser for. */
const NO_PARSER = types.getTypeParser(25, 'text') as TextParser;

/** Its types have it as a function; it is an object. */
const { create: arrayOf } = types.arrayParser as unknown as {
  create(source: string, transform: TextParser): { parse(): unknown[] };
};

/** By choice, then value; what is missing is `pg`'s own. */
const CHOSEN: { readonly [key in keyof TypeChoices]-?: Readonly<Record<string, TextParser>> } = {
  int8: { string: asText, bigint: BigInt, number: safeInteger },
  numeric: { string: asText, number: Number },
  date: { string: asText },
  timestamp: {
    string: (text) => timestampText(timestampMicros(text), false),
    bigint: timestampMicros,
  },
  timestamptz: {
    string: (text) => timestampText(timestampMicros(text), true),
    bigint: timestampMicros,
  },
  interval: { string: asText },
  json: { string: asText },
};

/** The parser for what travels as text. An array's elements become what a value of their type becomes by choice. */
export function textParser(dataTypeID: number, choices: TypeChoices): TextParser {
  const own = chosenParser(typeRow(dataTypeID)?.choice, choices);
  if (own !== undefined) return own;
  const element = chosenParser(elementRow(dataTypeID)?.choice, choices);
  if (element !== undefined) return (text) => arrayOf(text, element).parse();
  const parse = types.getTypeParser(dataTypeID, 'text') as TextParser;
  return parse === NO_PARSER ? asText : parse;
}

function chosenParser(
  choice: keyof TypeChoices | undefined,
  choices: TypeChoices,
): TextParser | undefined {
  const value = choice && choices[choice];
  return choice && value && CHOSEN[choice][value];
}

/** @throws RangeError for an integer that a double does not hold exactly */
function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw unsafeInteger(text);
}

export function unsafeInteger(value: unknown): RangeError {
  return new RangeError(
    `the integer ${value} is not safe as a number: choose int8: 'bigint' or 'string'`,
  );
}
