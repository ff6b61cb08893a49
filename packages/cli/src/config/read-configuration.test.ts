import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfiguration } from './read-configuration.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
const FILE = { shards: ['postgres://file/x'], tables: { a: { key: 'file' }, b: 'replicated' } };

describe('what goes before what', () => {
  test('the environment alone', async () => {
    const env = {
      MILLRACE_SHARDS: 'postgres://a/x,postgres://b/x',
      MILLRACE_TABLES: 'a=k, b=replicated',
    };
    expect(await readConfiguration({}, { directory, env })).toEqual({
      shards: ['postgres://a/x', 'postgres://b/x'],
      tables: { a: { key: 'k' }, b: 'replicated' },
    });
  });

  test('the file before the environment, the command line before the file; tables one by one', async () => {
    await write('millrace.config.json', JSON.stringify({ ...FILE, threads: 1 }));
    const env = {
      MILLRACE_SHARDS: 'postgres://env/x',
      MILLRACE_TABLES: 'a=environment,c=environment',
    };
    expect(await readConfiguration({}, { directory, env })).toEqual({
      shards: FILE.shards,
      threads: 1,
      tables: { a: { key: 'file' }, b: 'replicated', c: { key: 'environment' } },
    });
    const flags = {
      shards: ['postgres://f/x', 'postgres://g/x,postgres://h/x'],
      table: ['b=flag', 'd=x+y'],
      unlisted: 'replicated',
    };
    expect(await readConfiguration(flags, { directory, env })).toEqual({
      shards: ['postgres://f/x', 'postgres://g/x', 'postgres://h/x'],
      threads: 1,
      unlisted: 'replicated',
      tables: {
        a: { key: 'file' },
        b: { key: 'flag' },
        c: { key: 'environment' },
        d: { key: ['x', 'y'] },
      },
    });
  });

  test('no shards anywhere: says the three ways to name them', async () => {
    await expect(
      readConfiguration({}, { directory, env: { MILLRACE_SHARDS: '' } }),
    ).rejects.toThrow(/--shards .*millrace\.config\.json.*MILLRACE_SHARDS/);
  });
});

describe('the file', () => {
  test.each([
    ['millrace.config.json', JSON.stringify(FILE)],
    ['millrace.config.mjs', `export default ${JSON.stringify(FILE)};`],
    ['millrace.config.js', `export default ${JSON.stringify(FILE)};`],
    [
      'millrace.config.ts',
      `type Url = \`postgres://\${string}\`;
       const shards: readonly Url[] = ['postgres://file/x'];
       export default { shards, tables: ${JSON.stringify(FILE.tables)} } as const;`,
    ],
  ])('%s is found', async (name, text) => {
    if (name.endsWith('.js')) await write('package.json', '{ "type": "module" }');
    await write(name, text);
    expect(await readConfiguration({}, { directory, env: {} })).toEqual(FILE);
  });

  test('--config names another one, relative to the working directory', async () => {
    await write('millrace.config.json', '{ "shards": ["postgres://wrong/x"] }');
    await write('other.json', JSON.stringify(FILE));
    expect(await readConfiguration({ config: 'other.json' }, { directory, env: {} })).toEqual(FILE);
  });

  test('two of them are refused by name', async () => {
    await write('millrace.config.json', JSON.stringify(FILE));
    await write('millrace.config.mjs', `export default ${JSON.stringify(FILE)};`);
    await expect(readConfiguration({}, { directory, env: {} })).rejects.toThrow(
      /both millrace\.config\.json and millrace\.config\.mjs/,
    );
  });

  test.each([
    ['bad.json', '{ "shards": ', /bad\.json cannot be read: .*JSON/],
    ['list.json', '[]', /list\.json must hold an object/],
    ['none.mjs', 'export const shards = [];', /none\.mjs must have as its default export/],
    ['throws.mjs', "throw new Error('no vault')", /throws\.mjs cannot be read: no vault/],
  ])('%s is refused with its name and a reason', async (name, text, message) => {
    await write(name, text);
    await expect(readConfiguration({ config: name }, { directory, env: {} })).rejects.toThrow(
      message,
    );
  });

  test('one that is not there', async () => {
    await expect(readConfiguration({ config: 'no.json' }, { directory, env: {} })).rejects.toThrow(
      /no\.json cannot be read: ENOENT/,
    );
  });
});
