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

/** Parse and Describe: the statement is checked by the server, nothing is run. */
export class DescribeConversation extends Conversation<StatementDescription> {
  #parameters: number[] | undefined;
  #columns: ColumnDescription[] | undefined;

  protected answer(type: number, body: MessageBody): undefined {
    switch (type) {
      case MessageType.parseComplete:
        return;
      case MessageType.parameterDescription:
        this.#parameters = readParameterDescription(body);
        return;
      case MessageType.rowDescription:
        this.#columns = readRowDescription(body);
        return;
      case MessageType.noData:
        this.#columns = [];
        return;
      default:
        throw unexpected(type);
    }
  }

  protected result(): StatementDescription {
    if (this.#parameters === undefined || this.#columns === undefined)
      throw new WireError('a statement was not described');
    return { parameters: this.#parameters, columns: this.#columns };
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
