import { Conversation, unexpected } from './conversation.js';
import { WireError } from './errors.js';
import { TypeOid } from './types/type-table.js';
import {
  type ColumnDescription,
  type MessageBody,
  MessageType,
  readParameterDescription,
  readRowDescription,
} from './wire/messages-in.js';

/** What a statement takes and gives, as the server sees it. */
export interface StatementDescription {
  /** OIDs of the parameters' types. */
  readonly parameters: readonly number[];
  /** Empty for a statement without a result. */
  readonly columns: readonly ColumnDescription[];
}

/** Parse and Describe, for each of some statements: they are checked by the server, nothing is run. The first error is that of all. */
export class DescribeConversation extends Conversation<readonly StatementDescription[]> {
  readonly #count: number;
  readonly #descriptions: StatementDescription[] = [];
  #parameters: number[] | undefined;

  constructor(count: number, afterBegin: boolean) {
    super(afterBegin);
    this.#count = count;
  }

  protected answer(type: number, body: MessageBody): undefined {
    switch (type) {
      case MessageType.parseComplete:
        return;
      case MessageType.parameterDescription:
        this.#parameters = readParameterDescription(body);
        return;
      case MessageType.rowDescription:
        return this.#describe(readRowDescription(body));
      case MessageType.noData:
        return this.#describe([]);
      default:
        throw unexpected(type);
    }
  }

  #describe(columns: readonly ColumnDescription[]): undefined {
    const parameters = this.#parameters;
    if (parameters === undefined) throw new WireError('columns of a statement without parameters');
    this.#parameters = undefined;
    this.#descriptions.push({ parameters, columns });
  }

  protected result(): readonly StatementDescription[] {
    if (this.#descriptions.length !== this.#count)
      throw new WireError('a statement was not described');
    return this.#descriptions;
  }
}

/**
 * Whether columns are read alike. `a` is what a server says when it runs a statement, `b` what it was described with. Modifiers
 * may differ: of a set operation over columns of several ones the server says none at first, and then that of the first arm
 * (`generate_setop_tlist` in optimizer/prep/prepunion.c), which the others' values need not fit.
 */
export function sameColumns(
  a: readonly ColumnDescription[],
  b: readonly ColumnDescription[],
): boolean {
  return (
    a.length === b.length &&
    a.every((column, i) => {
      const other = b[i] as ColumnDescription;
      return (
        column.name === other.name &&
        column.dataTypeID === other.dataTypeID &&
        (column.dataTypeModifier === other.dataTypeModifier || isReadAlike(other))
      );
    })
  );
}

/** Whether a column is read so whatever modifier it has: of numbers it says how they are laid out. */
function isReadAlike({ dataTypeID, dataTypeModifier }: ColumnDescription): boolean {
  return dataTypeID !== TypeOid.numeric || dataTypeModifier === -1;
}
