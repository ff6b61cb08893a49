/** One end of what an exchange travels on: a MessagePort, or a statement's part of a line between threads. */
export interface ExchangePort {
  on<Message>(event: 'message', listener: (message: Message) => void): unknown;
  /** The other end is gone, or this one is closed. */
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  close(): void;
}
