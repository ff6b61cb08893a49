/** Cuts what one side of a connection sends into the protocol's messages ("Message Formats" of PostgreSQL's documentation). */
export interface WireMessage {
  /** The type letter, or `'startup'`: what a client sends first has none. */
  readonly type: string;
  /** The whole message, type and length included. */
  readonly bytes: Buffer;
}

export class MessageSplitter {
  #startup: boolean;
  #rest: Buffer = Buffer.alloc(0);

  /** @param startup whether the first message is a client's, without a type letter */
  constructor({ startup }: { readonly startup: boolean }) {
    this.#startup = startup;
  }

  /** Takes bytes; gives the messages that are whole with them. */
  push(chunk: Buffer): WireMessage[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: WireMessage[] = [];
    for (;;) {
      const head = this.#startup ? 0 : 1;
      if (this.#rest.length < head + 4) return messages;
      const length = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < length) return messages;
      const bytes = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      const type = this.#startup ? 'startup' : String.fromCharCode(bytes[0] as number);
      this.#startup = false;
      messages.push({ type, bytes });
    }
  }
}
