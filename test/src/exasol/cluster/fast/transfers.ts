/** What a fast node does over its tunnels: sends its block many times, or counts what comes and drops it. */
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import type { TransportFile } from '../sql/transport-statement.js';
import { readHead } from '../tunnel/http-answer.js';
import { TransferError } from '../tunnel/transfer-error.js';
import type { Tunnel } from '../tunnel/tunnel.js';
import { type Block, framed, GzipBlock } from './block.js';
import { CsvTally, type TallyOf } from './csv-tally.js';
import { readChunked } from './read-chunked.js';

export class Transfers {
  readonly #block: Block;
  readonly #plain: Buffer;
  readonly #gzip: GzipBlock;

  constructor(block: Block) {
    this.#block = block;
    this.#plain = framed(block.csv);
    this.#gzip = new GzipBlock(block.csv);
  }

  /** @returns rows sent */
  async put(
    tunnel: Tunnel,
    file: TransportFile,
    times: number,
    withNames: boolean,
  ): Promise<number> {
    const { stream, reader } = await tunnel.line(file, file.pin === undefined ? 'none' : 'pin');
    const gzip = file.name.endsWith('.gz');
    const lost = new AbortController();
    stream.once('close', () => lost.abort());
    const send = async (bytes: Buffer | string): Promise<void> => {
      if (!stream.write(bytes)) await once(stream, 'drain', { signal: lost.signal });
    };
    await send(
      `PUT /${file.name} HTTP/1.1\r\nHost: ${file.address}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const names = withNames ? this.#block.names : Buffer.alloc(0);
    if (gzip) await send(this.#gzip.head(names));
    else await send(framed(names));
    for (let time = 0; time < times; time += 1) await send(gzip ? this.#gzip.body : this.#plain);
    if (gzip) await send(this.#gzip.tail(times, names));
    await send('0\r\n\r\n');
    const head = await readHead(reader);
    if (head.status >= 400) throw new TransferError(head.status);
    tunnel.close();
    return times * this.#block.rows;
  }

  async get(tunnel: Tunnel, file: TransportFile, of: TallyOf): Promise<CsvTally> {
    const { stream } = await tunnel.line(file, file.pin === undefined ? 'none' : 'pin');
    stream.write(`GET /${file.name} HTTP/1.1\r\nHost: ${file.address}\r\n\r\n`);
    const tally = new CsvTally(of);
    if (!file.name.endsWith('.gz')) await readChunked(stream, (bytes) => tally.write(bytes));
    else {
      const unpack = createGunzip().on('data', (bytes: Buffer) => tally.write(bytes));
      const ended = once(unpack, 'end');
      unpack.on('drain', () => stream.resume());
      await readChunked(stream, (bytes) => {
        if (!unpack.write(bytes)) stream.pause();
      });
      unpack.end();
      await ended;
    }
    tunnel.close();
    return tally;
  }
}
