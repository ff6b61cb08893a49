/**
 * Messages to the server: PostgreSQL's frontend protocol 3.0 ("Message Formats" of its documentation). Bytes only, no
 * socket.
 */

/** 0 = text, 1 = binary. */
export type WireFormat = 0 | 1;

/** A parameter as it is sent: text, binary bytes, or NULL. */
export type WireParameter = string | Uint8Array | null;

/** Messages gathered to be sent in one write. */
export class MessageWriter {
  #bytes: Buffer = Buffer.allocUnsafe(512);
  #length = 0;

  /** Parse into a statement, unnamed by default; the server infers the parameters' types. */
  parse(sql: string, name = ''): this {
    return this.#message('P', () => this.#text(name).#text(sql).#int16(0));
  }

  /** Has the server forget a named statement; one that it does not know is no error. */
  closeStatement(name: string): this {
    return this.#message('C', () => this.#raw(Buffer.from('S')).#text(name));
  }

  /** Describe the unnamed statement (`S`: parameters and columns) or the unnamed portal (`P`: columns). */
  describe(what: 'S' | 'P'): this {
    return this.#message('D', () => this.#raw(Buffer.from(what)).#text(''));
  }

  /** Bind a statement, unnamed by default, to the unnamed portal. */
  bind(
    parameters: readonly WireParameter[],
    resultFormats: readonly WireFormat[],
    name = '',
  ): this {
    return this.#message('B', () => {
      this.#text('').#text(name).#int16(parameters.length);
      for (const parameter of parameters) this.#int16(parameter instanceof Uint8Array ? 1 : 0);
      this.#int16(parameters.length);
      for (const parameter of parameters) this.#parameter(parameter);
      this.#int16(resultFormats.length);
      for (const format of resultFormats) this.#int16(format);
    });
  }

  /** Execute the unnamed portal to its end. */
  execute(): this {
    return this.#message('E', () => this.#text('').#int32(0));
  }

  /** A command without parameters and rows, to go before what follows in the same round trip: a BEGIN. */
  begin(sql: string): this {
    return this.parse(sql).bind([], []).execute();
  }

  sync(): this {
    return this.#message('S', () => this);
  }

  /** A simple query: one or more commands as text. */
  query(sql: string): this {
    return this.#message('Q', () => this.#text(sql));
  }

  copyDone(): this {
    return this.#message('c', () => this);
  }

  copyFail(reason: string): this {
    return this.#message('f', () => this.#text(reason));
  }

  terminate(): this {
    return this.#message('X', () => this);
  }

  /** The messages so far; the writer is empty afterwards. */
  take(): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return bytes;
  }

  #message(type: string, body: () => unknown): this {
    this.#raw(Buffer.from(type)).#int32(0);
    const start = this.#length - 4;
    try {
      body();
    } catch (error) {
      // Half a message must never be sent, nor what was to come before it.
      this.#length = 0;
      throw error;
    }
    this.#bytes.writeInt32BE(this.#length - start, start);
    return this;
  }

  #parameter(parameter: WireParameter): void {
    if (parameter === null) {
      this.#int32(-1);
      return;
    }
    const bytes = typeof parameter === 'string' ? Buffer.from(parameter) : parameter;
    this.#int32(bytes.length).#raw(bytes);
  }

  #text(text: string): this {
    return this.#raw(Buffer.from(`${text}\0`));
  }

  #int16(value: number): this {
    this.#room(2);
    this.#length = this.#bytes.writeUInt16BE(value, this.#length);
    return this;
  }

  #int32(value: number): this {
    this.#room(4);
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
    return this;
  }

  #raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
