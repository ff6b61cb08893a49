import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStatement } from './statement.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  await writeFile(join(directory, 'q.sql'), '\uFEFFselect $1');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const read = (words: string[], file?: string, input = ''): ReturnType<typeof readStatement> =>
  readStatement(words, file, { stdin: Readable.from([input]), directory });

describe('the statement', () => {
  test('is the first word', async () => {
    expect(await read(['select $1', '5', '-'])).toEqual({
      sql: 'select $1',
      parameters: ['5', '-'],
    });
  });

  test('comes from standard input', async () => {
    const expected = { sql: 'select $1', parameters: ['5'] };
    expect(await read(['-', '5'], undefined, 'select $1')).toEqual(expected);
    expect(await read(['5'], '-', 'select $1')).toEqual(expected);
  });

  test('comes from a file, without its byte order mark', async () => {
    expect(await read(['5'], 'q.sql')).toEqual({ sql: 'select $1', parameters: ['5'] });
  });

  test.each([
    [[], undefined, /No statement/],
    [[' '], undefined, /empty/],
    [['-'], undefined, /empty/],
    [[], 'none.sql', /--file none\.sql cannot be read: ENOENT/],
  ])('%j, file %s: refused', async (words, file, message) => {
    await expect(read(words, file)).rejects.toThrow(message);
  });
});
