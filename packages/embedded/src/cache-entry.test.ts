import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CacheEntry, cached } from './cache-entry.js';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'millrace-test-'));
});
afterEach(async () => {
  await rm(cache, { recursive: true, force: true });
});

function entry(text: string): CacheEntry {
  return {
    cache,
    name: 'entry',
    async build(directory) {
      await writeFile(join(directory, 'a'), text);
      await writeFile(join(directory, 'b'), text);
    },
  };
}

test('an entry is built once', async () => {
  await cached(entry('first'));
  const directory = await cached(entry('second'));
  expect(await readFile(join(directory, 'a'), 'utf8')).toBe('first');
});

test('of several builders at once one wins, and nothing of the others stays', async () => {
  const built = await Promise.all(['1', '2', '3', '4'].map((text) => cached(entry(text))));
  expect(new Set(built)).toEqual(new Set([join(cache, 'entry')]));
  expect(await readdir(cache)).toEqual(['entry']);
  const [a, b] = await Promise.all(
    ['a', 'b'].map((name) => readFile(join(cache, 'entry', name), 'utf8')),
  );
  expect(a).toBe(b);
});

test('an entry that lost a file is built again', async () => {
  const directory = await cached(entry('first'));
  await unlink(join(directory, 'b'));
  await Promise.all([cached(entry('second')), cached(entry('second'))]);
  expect(await readFile(join(directory, 'b'), 'utf8')).toBe('second');
  expect(await readdir(cache)).toEqual(['entry']);
});

test('a build that fails leaves nothing', async () => {
  const failing = { ...entry(''), build: () => Promise.reject(new Error('no room')) };
  await expect(cached(failing)).rejects.toThrow('no room');
  expect(await readdir(cache)).toEqual([]);
});
