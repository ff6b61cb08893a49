/** Bytes that are not what the protocol says. Whoever knows the tunnel makes a `TunnelError` of it. */
export class Malformed extends Error {
  constructor(
    readonly part: 'request' | 'body',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'Malformed';
  }
}
