import type { CallScope } from '../call-scope.js';
import { CancelledError } from '../errors.js';

const ENDINGS = new WeakMap<object, StreamEnding>();

/** How a stream of ours is ended while its next batch is awaited: the generator's own `return()` would wait for that batch. */
export class StreamEnding {
  /** Of the call, once it has begun. */
  scope: CallScope | undefined;

  of<Stream extends object>(stream: Stream): Stream {
    ENDINGS.set(stream, this);
    return stream;
  }
}

/** Ends a stream's call. False for a stream that is none of ours: it ends when it likes. */
export function endStream(stream: object): boolean {
  const ending = ENDINGS.get(stream);
  ending?.scope?.end(new CancelledError('The stream was left before its end'));
  return ending !== undefined;
}
