import { Conversation } from './conversation.js';
import type { MessageBody } from './wire/messages-in.js';

/** A simple query whose rows nobody wants: SET, BEGIN, COMMIT. */
export class CommandConversation extends Conversation<void> {
  protected answer(_type: number, _body: MessageBody): undefined {
    return undefined;
  }

  protected result(): void {
    // There is none: that it is over is all there is to know.
  }
}
