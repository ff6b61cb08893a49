/** What a test can have go wrong, at any time: the fields of `cluster.faults` are written, and hold for what begins after. */

/** Where the node of a tunnel dies. `request`: instead of sending one. */
export type DeathPlace = 'request' | 'inside-chunk' | 'between-chunks' | 'after-body';

export interface Death {
  readonly at: DeathPlace;
  /** Which file of the statement, from 0. Default: all of them. */
  readonly file?: number;
  /** How many bytes of the body go over before. Default 0. */
  readonly afterBytes?: number;
  /** `close` sends FIN, `reset` sends RST. Default `close`. */
  readonly by?: 'close' | 'reset';
}

export interface Faults {
  /** The 24 bytes that answer the hello: whole, in two pieces, half of them and then the end, garbage, or never. */
  tunnelReply: 'whole' | 'split' | 'short' | 'garbage' | 'none';
  /** Whether tunnels may, must or must not be asked over TLS (`https`). */
  tunnelTls: 'any' | 'required' | 'forbidden';
  /** `authority` checks the tunnel's certificate as one of a public server: no self-signed one passes. */
  certificateCheck: 'pin' | 'authority' | 'none';
  /** `Expect: 100-continue` on EXPORT, as libcurl has it: with one second's wait for the answer. */
  expectContinue: boolean;
  /** EXPORT with `Content-Length` in place of chunks; the file is made first. */
  contentLength: boolean;
  /** Payload of an EXPORT's chunk. */
  chunkBytes: number;
  /** Chunks of changing odd sizes from 1 up to `chunkBytes`. */
  oddChunks: boolean;
  /** `5;name=value` in chunk sizes. */
  chunkExtensions: boolean;
  /** Header fields after the last chunk. */
  trailers: boolean;
  /** How an EXPORT's body ends: by a chunk of size 0, or by an empty line in its place. */
  bodyEnd: 'chunk' | 'blank-line';
  /** Over how many gzip members an EXPORT to a `.gz` file is spread. */
  gzipMembers: number;
  /** IMPORT: HEAD before GET, on the same tunnel. */
  headFirst: boolean;
  /** IMPORT: `Range: bytes=0-0` before the whole file, on the same tunnel. */
  rangeFirst: boolean;
  /** IMPORT: so many more requests when the answer is empty. */
  repeatsOfEmptyGet: number;
  death: Death | undefined;
  /**
   * What happens in place of the first request: nothing unusual; the statement fails; it runs on for ever; or the first
   * connection is refused, once.
   */
  requests: 'normal' | 'sql-error' | 'never' | 'refused-once';
  /** Bytes a second of each tunnel; 0 is no limit. */
  tunnelSpeed: number;
  /** Which file a row of an EXPORT goes to. */
  spread: (row: number, files: number) => number;
  /** Pong frames while a statement runs. */
  heartbeat: boolean;
  /** `late`: the statement ends first, unless it takes longer than a second. */
  abort: 'honoured' | 'ignored' | 'late';
  /** Drops the session's connection when a statement matches, `after` it ran or `during`. */
  dropSession: { readonly statement: RegExp; readonly when: 'during' | 'after' } | undefined;
  /** Results of few rows come with a handle and this many rows; 0 gives them whole. */
  partialPageRows: number;
  /** Milliseconds before a command's answer. */
  answerDelayMs: number;
}

/** Row by row in turn. */
export const evenly = (row: number, files: number): number => row % files;

/** The first file gets nothing, each next one about twice as many rows as the one before. */
export function unevenly(row: number, files: number): number {
  if (files === 1) return 0;
  const turn = row % (2 ** (files - 1) - 1);
  return 1 + Math.floor(Math.log2(turn + 1));
}

/** All rows to the first file. */
export const first = (): number => 0;

export const noFaults = (): Faults => ({
  tunnelReply: 'whole',
  tunnelTls: 'any',
  certificateCheck: 'pin',
  expectContinue: false,
  contentLength: false,
  chunkBytes: 65_524,
  oddChunks: false,
  chunkExtensions: false,
  trailers: false,
  bodyEnd: 'chunk',
  gzipMembers: 1,
  headFirst: false,
  rangeFirst: false,
  repeatsOfEmptyGet: 0,
  death: undefined,
  requests: 'normal',
  tunnelSpeed: 0,
  spread: evenly,
  heartbeat: true,
  abort: 'honoured',
  dropSession: undefined,
  partialPageRows: 0,
  answerDelayMs: 0,
});
