/**
 * Takes bytes. They are valid until it returns, or until its promise is settled; while that is pending, nothing more is
 * read from the node.
 */
export type ByteSink = (bytes: Uint8Array) => void | Promise<void>;
