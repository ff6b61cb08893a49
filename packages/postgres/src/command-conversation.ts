import { Conversation } from './conversation.js';
import { type MessageBody, MessageType, readTextRow } from './wire/messages-in.js';

/** A simple query for its effect (SET, BEGIN, COMMIT), or for the one row that it answers with, as texts. */
export class CommandConversation extends Conversation<readonly (string | null)[]> {
  #row: readonly (string | null)[] = [];

  protected answer(type: number, body: MessageBody): undefined {
    if (type === MessageType.dataRow) this.#row = readTextRow(body);
  }

  protected result(): readonly (string | null)[] {
    return this.#row;
  }
}
