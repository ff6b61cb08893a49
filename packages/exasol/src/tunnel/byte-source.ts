/** Gives bytes, as long as they are asked for. */
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * A stream of bytes, or a function that gives one: a function is called again when the node asks again, so it must give
 * the same bytes each time.
 */
export type ByteSource = ByteStream | (() => ByteStream);
