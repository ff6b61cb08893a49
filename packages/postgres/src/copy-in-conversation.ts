import { Conversation, unexpected } from './conversation.js';
import { copiedRows } from './copy-out-conversation.js';
import { ConnectionError, StatementError, WireError } from './errors.js';
import { type MessageBody, MessageType } from './wire/messages-in.js';
import { MessageWriter } from './wire/messages-out.js';

/** Where messages go, and what there is to do when one cannot be ended. */
export interface CopyInPort {
  /** `written` is called when the bytes are no longer needed, be it that they cannot be sent. */
  write(bytes: Uint8Array, written?: () => void): void;
  destroy(error: ConnectionError): void;
}

/** A COPY FROM STDIN that is being fed. */
export interface CopyIn {
  /** The server takes data from now on. Rejects with what it says instead. */
  readonly begun: Promise<void>;
  /** How many rows it has taken. Settles when the connection is free again. */
  readonly done: Promise<number>;
  /**
   * Sends CopyData messages. After a failure they are dropped.
   *
   * @param endsWhole whether the last one is whole; otherwise the next call goes on with it
   * @param written the bytes may be written again: the socket has taken them
   */
  write(messages: Uint8Array, endsWhole: boolean, written: () => void): void;
  /** There is no more. */
  end(): void;
}

/**
 * COPY … FROM STDIN as a simple query. When it fails on our side the server is told by CopyFail, for while it waits for data
 * it hears no CancelRequest; in the middle of a message nothing can be said, and the connection is closed. When it fails on
 * the server's side, the server drops what is still on its way ("COPY Operations" of PostgreSQL's protocol documentation).
 */
export class CopyInConversation extends Conversation<number> implements CopyIn {
  readonly begun: Promise<void>;
  readonly #port: CopyInPort;
  #resolveBegun!: () => void;
  #rejectBegun!: (error: unknown) => void;
  #state: 'asked' | 'open' | 'over' = 'asked';
  #inMessage = false;
  #counted: number | undefined;

  constructor(port: CopyInPort) {
    super();
    this.#port = port;
    this.begun = new Promise((resolve, reject) => {
      this.#resolveBegun = resolve;
      this.#rejectBegun = reject;
    });
    // Whoever waits for the end hears of it, too.
    this.begun.catch(() => undefined);
  }

  write(messages: Uint8Array, endsWhole: boolean, written: () => void): void {
    if (this.#state !== 'open') return written();
    this.#inMessage = !endsWhole;
    this.#port.write(messages, written);
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'over';
    this.#port.write(new MessageWriter().copyDone().take());
  }

  override message(type: number, body: MessageBody): Uint8Array | undefined {
    if (type !== MessageType.error) return super.message(type, body);
    const waited = this.#state === 'open';
    this.#state = 'over';
    super.message(type, body);
    if (waited && this.#inMessage) this.#port.destroy(inMessage());
    return undefined;
  }

  override fail(error: unknown): void {
    super.fail(error);
    this.#rejectBegun(error);
    if (this.#state !== 'open') return;
    this.#state = 'over';
    if (this.#inMessage) this.#port.destroy(inMessage());
    else this.#port.write(new MessageWriter().copyFail('cancelled').take());
  }

  override lost(error: unknown): void {
    this.#state = 'over';
    this.#rejectBegun(error);
    super.lost(error);
  }

  protected answer(type: number, body: MessageBody): Uint8Array | undefined {
    switch (type) {
      case MessageType.copyInResponse:
        if (this.#state !== 'asked') throw unexpected(type);
        if (this.failed) return new MessageWriter().copyFail('cancelled').take();
        this.#state = 'open';
        this.#resolveBegun();
        return undefined;
      case MessageType.commandComplete:
        if (this.#state === 'asked') this.fail(notCopy());
        else this.#counted = copiedRows(body.text());
        return undefined;
      default:
        if (this.#state !== 'asked') throw unexpected(type);
        // Another command's answer, which is read to its end.
        this.fail(notCopy());
        return undefined;
    }
  }

  protected result(): number {
    if (this.#counted === undefined) throw new WireError('a COPY has no end');
    return this.#counted;
  }
}

function notCopy(): StatementError {
  return new StatementError('The command is no COPY FROM STDIN', 'MILLRACE_NO_COPY');
}

function inMessage(): ConnectionError {
  return new ConnectionError('A COPY ended in the middle of a row', {
    code: 'MILLRACE_COPY_CUT',
  });
}
