import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFile } from './file-sink.js';

describe('openFile', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-file-sink-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** Around the size from which pieces are written by themselves. */
  const sizes = [1, 32_767, 1, 1, 32_768, 5, 32_769, 100_000, 0, 16_384, 16_384, 16_384, 3];

  /** Writes pieces, all from one memory that is filled anew, as a socket's is; what they were together. */
  async function writePieces(write: (bytes: Uint8Array) => void | Promise<void>): Promise<Buffer> {
    const memory = new Uint8Array(100_000);
    const all: Buffer[] = [];
    for (const [turn, size] of sizes.entries()) {
      const piece = memory.subarray(0, size).map((_, index) => (index * 31 + turn) % 251);
      memory.set(piece);
      all.push(Buffer.from(piece));
      await write(memory.subarray(0, size));
    }
    memory.fill(0);
    return Buffer.concat(all);
  }

  it('writes pieces of any size in their order', async () => {
    const path = join(folder, 'whole');
    const sink = await openFile(path);
    const expected = await writePieces(sink.write);
    await sink.finish();
    expect((await readFile(path)).equals(expected)).toBe(true);
    await sink.discard(new Error('the statement failed'));
    await expect(access(path)).rejects.toThrow(/ENOENT/);
  });

  it('writes to a pipe as fast as its reader takes it, and leaves the pipe', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const read = buffer(createReadStream(path));
    const sink = await openFile(path);
    const expected = await writePieces(sink.write);
    await sink.finish();
    expect((await read).equals(expected)).toBe(true);
    await sink.discard(new Error('the statement failed'));
    await access(path);
  });

  it('takes everything for the null device, and leaves it', async () => {
    const sink = await openFile(devNull);
    await writePieces(sink.write);
    await sink.discard(new Error('the statement failed'));
    await access(devNull);
  });
});
