/** An EXPORT's stream into a file. */
import { writeSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { devNull } from 'node:os';
import type { ByteSink } from '@millrace/exasol';
import { BytePacker } from './byte-packer.js';
import type { SinkEnd, SinkReport } from './sink.js';

/** Bytes of one write to what may keep a writer waiting. */
const SLOW_BYTES = 262_144;
/** Smaller pieces are put together for a file: a write costs as much as copying so many bytes. */
const DIRECT_BYTES = 32_768;

/** A file that is written whole, or removed again: nobody shall take a part of it for all. @throws what opening it throws */
export async function openFile(path: string): Promise<SinkEnd> {
  const file = await open(path, 'w');
  const isRegular = (await file.stat()).isFile();
  return isRegular || path === devNull
    ? new RegularFile(file, isRegular ? path : undefined)
    : new SlowFile(file);
}

/**
 * Written at once, from the memory that the bytes came in: what a file takes is memory of the system's, and handing the bytes to another
 * thread and waiting for it costs more than the write.
 */
class RegularFile implements SinkEnd {
  readonly write: ByteSink;
  readonly #file: FileHandle;
  /** Undefined: it is not ours to remove. */
  readonly #path: string | undefined;
  readonly #packed: Uint8Array<ArrayBuffer> = new Uint8Array(DIRECT_BYTES);
  #at = 0;
  #closing: Promise<void> | undefined;

  constructor(file: FileHandle, path: string | undefined) {
    this.#file = file;
    this.#path = path;
    this.write = (bytes) => {
      if (this.#at + bytes.length > DIRECT_BYTES) this.#flush();
      if (bytes.length >= DIRECT_BYTES) return this.#writeNow(bytes);
      this.#packed.set(bytes, this.#at);
      this.#at += bytes.length;
    };
  }

  async finish(): Promise<SinkReport> {
    this.#flush();
    await this.#close();
    return {};
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    if (this.#path !== undefined) await rm(this.#path, { force: true });
  }

  #flush(): void {
    const bytes = this.#packed.subarray(0, this.#at);
    this.#at = 0;
    this.#writeNow(bytes);
  }

  #writeNow(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#file.fd, bytes, at, bytes.length - at);
    }
  }

  #close(): Promise<void> {
    this.#closing ??= this.#file.close();
    return this.#closing;
  }
}

/** A pipe or a device: nobody knows for how long it takes nothing, and the thread has other tunnels. */
class SlowFile implements SinkEnd {
  readonly write: ByteSink;
  readonly #packer: BytePacker;
  readonly #file: FileHandle;
  #writing: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#packer = new BytePacker(SLOW_BYTES, (bytes) => this.#writeOut(bytes));
    this.write = (bytes) => this.#packer.write(bytes);
  }

  async finish(): Promise<SinkReport> {
    await this.#packer.end();
    await this.#close();
    return {};
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#close().catch(() => undefined);
  }

  #writeOut(bytes: Uint8Array): Promise<void> {
    this.#writing = this.#writeAll(bytes);
    return this.#writing;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at);
      at += bytesWritten;
    }
  }

  #close(): Promise<void> {
    this.#closing ??= this.#file.close();
    return this.#closing;
  }
}
