/** Options that cannot work: refused before anything is opened, by a message that names what is wrong. */
import { inspect } from 'node:util';
import { ConfigurationError, type ConnectOptions, connect } from '@millrace/engine';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../support/eventually.js';

/** Nobody listens there: were one of these options taken, the error would be another. */
const NOWHERE = 'postgres://user:sesame@127.0.0.1:1/db';

const WRONG: readonly (readonly [what: string, options: unknown, says: RegExp])[] = [
  ['no options', undefined, /shards/],
  ['a text', NOWHERE, /shards/],
  ['no shards', {}, /'shards'/],
  ['an empty list', { shards: [] }, /'shards' is empty/],
  ['a text for the list', { shards: NOWHERE }, /'shards' must be a list/],
  [
    'a URL of something else',
    { shards: ['http://user:sesame@host/db'] },
    /shards\[0\].*postgres:\/\//,
  ],
  ['a host alone', { shards: [NOWHERE, 'localhost'] }, /shards\[1\]/],
  ['key=value', { shards: ['host=a user=u password=sesame'] }, /shards\[0\].*key=value/],
  ['several hosts in a URL', { shards: ['postgres://u:sesame@a,b/db'] }, /shards\[0\].*one host/],
  [
    'several hosts with ports',
    { shards: ['postgres://u:sesame@a:1,b:2/db'] },
    /shards\[0\].*one host/,
  ],
  [
    'several hosts in the query',
    { shards: ['postgres://u:sesame@/db?host=a,b'] },
    /shards\[0\].*one host/,
  ],
  ['a URL that is none', { shards: ['postgres://u:sesame@host:port/db'] }, /shards\[0\]/],
  ['a password with a slash', { shards: ['postgres://u:ses/ame@host/db'] }, /shards\[0\]/],
  ['a number for a shard', { shards: [5] }, /shards\[0\]/],
  ['null for a shard', { shards: [null] }, /shards\[0\]/],
  ['a shard without URL', { shards: [{ name: 'a' }] }, /shards\[0\].*url/],
  ['an empty name', { shards: [{ url: NOWHERE, name: '' }] }, /shards\[0\]\.name/],
  [
    'a name twice',
    {
      shards: [
        { url: NOWHERE, name: 'a' },
        { url: NOWHERE, name: 'a' },
      ],
    },
    /'a'/,
  ],
  [
    'the name another shard has by default',
    { shards: [{ url: NOWHERE, name: 'shard1' }, NOWHERE] },
    /'shard1'/,
  ],
  ['an unknown option', { shards: [NOWHERE], thread: 2 }, /'thread' is not an option.*threads/],
  [
    'an option by the name of a property of all objects',
    { shards: [NOWHERE], constructor: 2 },
    /'constructor'/,
  ],
  ...[
    'threads',
    'connectionsPerShard',
    'batchRows',
    'batchBytes',
    'queueTimeoutMs',
    'connectTimeoutMs',
    'statementTimeoutMs',
  ].flatMap((name) =>
    ['1', -1, 1.5, Number.NaN, null].map(
      (value) =>
        [
          `${name} of ${inspect(value)}`,
          { shards: [NOWHERE], [name]: value },
          new RegExp(`'${name}'`),
        ] as const,
    ),
  ),
  ['no threads', { shards: [NOWHERE], threads: 0 }, /'threads'/],
  [
    'an application name that is no text',
    { shards: [NOWHERE], application_name: 5 },
    /'?application_name'?/,
  ],
  [
    'settings of the session that are no object',
    { shards: [NOWHERE], session: 'x' },
    /'?session'?/,
  ],
  [
    'a setting that is no value',
    { shards: [NOWHERE], session: { work_mem: undefined } },
    /session.*work_mem/,
  ],
  ['ssl that is no setting', { shards: [NOWHERE], ssl: 'yes' }, /'?ssl'?/],
  [
    'ssl with a function, which no thread can be given',
    { shards: [NOWHERE], ssl: { checkServerIdentity: () => undefined } },
    /ssl/,
  ],
  [
    'a choice for a type that has none',
    { shards: [NOWHERE], types: { int4: 'bigint' } },
    /types\.int4/,
  ],
  [
    'a choice that there is not',
    { shards: [NOWHERE], types: { int8: 'float' } },
    /types\.int8.*bigint/,
  ],
  [
    'a choice by the name of a property of all objects',
    { shards: [NOWHERE], types: { toString: 'x' } },
    /types\.toString/,
  ],
  ['tables that are a list', { shards: [NOWHERE], tables: ['t'] }, /'tables'/],
  ['a table without key', { shards: [NOWHERE], tables: { t: {} } }, /tables\.t/],
  [
    'a table placed in an unknown way',
    { shards: [NOWHERE], tables: { t: { key: 'k', by: 'luck' } } },
    /tables\.t\.by/,
  ],
  [
    'a table without a readable name',
    { shards: [NOWHERE], tables: { 'My Table': 'replicated' } },
    /tables\.My Table.*"My Table"/,
  ],
  [
    'fewer lists than shards',
    {
      shards: [NOWHERE, NOWHERE.replace(':1/', ':2/')],
      tables: { t: { key: 'k', by: { list: [[1]] } } },
    },
    /tables\.t\.by\.list.*2 in all/,
  ],
  [
    'tables that are guessed',
    { shards: [NOWHERE], unlisted: 'guess' },
    /'unlisted' must be 'refuse' or 'replicated'/,
  ],
  [
    'staging on what is no server',
    { shards: [NOWHERE], staging: 'there' },
    /'staging': expected postgres:/,
  ],
  [
    'staging that is only wished for',
    { shards: [NOWHERE], staging: true },
    /'staging' must be 'shard', a URL or false/,
  ],
  [
    'a staging server of another kind',
    { shards: [NOWHERE], staging: 'http://u:sesame@host/db' },
    /'staging': expected/,
  ],
  [
    'no rows to move',
    { shards: [NOWHERE], pullMaxRows: 0 },
    /'pullMaxRows' must be a whole number/,
  ],
  [
    'candidates now and then',
    { shards: [NOWHERE], topK: 'sometimes' },
    /'topK' must be 'auto' or 'always' or 'never'/,
  ],
  [
    'bytes in words',
    { shards: [NOWHERE], pullMaxBytes: '1 GB' },
    /'pullMaxBytes' must be a whole number/,
  ],
];

describe('connect refuses', () => {
  test.each(WRONG)('%s', async (_what, options, says) => {
    const error = await failureOf(connect(options as ConnectOptions));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.code).toBe('MILLRACE_CONFIGURATION');
    expect(error.message).toMatch(says);
    expect(error.stack).toContain('options.test.ts');
    for (const text of [
      error.message,
      error.stack,
      inspect(error, { depth: 10, showHidden: true }),
    ])
      expect(text).not.toMatch(/sesame|ses\/ame/);
  });
});
