import type { Socket } from 'node:net';
import pg from 'pg';
import { extendedQuery } from './wire-messages.js';

/** Rows as the server counted them, and bytes as they came. */
export interface WireCount {
  readonly rows: number;
  readonly bytes: number;
}

/** A statement without parameters, and the formats its columns are asked in: text (0) or binary (1). */
export interface WireStatement {
  readonly sql: string;
  readonly formats: readonly number[];
}

/** A connection whose socket the bench reads itself. */
export interface RawConnection {
  /** Sends a select and drops what comes back, unread but for its last bytes. */
  count(statement: WireStatement): Promise<WireCount>;
  close(): Promise<void>;
}

/** More than the longest end of a result: CommandComplete "SELECT n", then the six bytes of ReadyForQuery. */
const endBytes = 48;
const readyBytes = 6;

/** Lets `pg` connect and log in, then takes the socket's bytes away from it. */
export async function openRawConnection(url: string): Promise<RawConnection> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('select 1');
  const { stream } = (client as pg.Client & { connection: { stream: Socket } }).connection;
  return {
    count: (statement) => countResult(stream, statement),
    close: () => client.end(),
  };
}

function countResult(socket: Socket, { sql, formats }: WireStatement): Promise<WireCount> {
  const pgListeners = socket.listeners('data') as ((chunk: Buffer) => void)[];
  socket.removeAllListeners('data');
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let tail: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      tail =
        chunk.length >= endBytes
          ? chunk.subarray(-endBytes)
          : Buffer.concat([tail, chunk]).subarray(-endBytes);
      // 'Z', its length 5, the transaction's state: looked at in full only when the last bytes fit.
      if (tail.at(-6) !== 0x5a || tail.at(-2) !== 5) return;
      const rows = selectedRows(tail);
      if (rows === undefined && bytes > 4096) return;
      socket.off('data', onData);
      for (const listener of pgListeners) socket.on('data', listener);
      if (rows === undefined) reject(new Error(`the server refused: ${chunk.toString('latin1')}`));
      else resolve({ rows, bytes });
    };
    socket.on('data', onData);
    socket.write(extendedQuery(sql, formats));
  });
}

/** The count in "SELECT n", where that and ReadyForQuery are the last of these bytes. */
function selectedRows(tail: Buffer): number | undefined {
  const completion = tail.subarray(0, -readyBytes).toString('latin1');
  if (!completion.endsWith('\0')) return undefined;
  const digits = /SELECT (\d+)$/.exec(completion.slice(0, -1))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
