import {
  CancelledError,
  ConfigurationError,
  ShardError,
  SqlError,
  UnsupportedError,
} from '@millrace/engine';
import { describe, expect, test } from 'vitest';
import { errorText } from './error-text.js';

const text = (error: unknown, sql?: string): string => errorText(error, { sql, fancy: false });

describe('errors for people', () => {
  test('what the server says of a statement, with the place, detail, hint and context', () => {
    const error = new SqlError(
      {
        message: 'column "b" does not exist',
        code: '42703',
        position: '8',
        detail: 'There is\u0007 none.',
        hint: 'Try a.',
        where: 'SQL function "f"',
      },
      { shard: 'eu' },
    );
    expect(text(error, 'select b')).toBe(
      [
        'error: column "b" does not exist (42703, said by eu)',
        'LINE 1: select b',
        '               ^',
        'detail: There is\\x07 none.',
        'hint: Try a.',
        'context: SQL function "f"',
      ].join('\n'),
    );
  });

  test('what is not supported, with its clause, its place, and what works', () => {
    const error = new UnsupportedError('No such thing', {
      clause: 'for update',
      position: 10,
      hint: "pass { mode: 'union' }",
    });
    expect(text(error, 'select 1 for update')).toBe(
      [
        'error: No such thing',
        'LINE 1: select 1 for update',
        '                 ^',
        'clause: for update',
        "hint: pass { mode: 'union' } (here: --mode union)",
      ].join('\n'),
    );
  });

  test('a table that is not listed: how to say what it is', () => {
    const error = new ConfigurationError("the table 'flights' is not in 'tables': add …");
    expect(text(error)).toMatch(/\nhint: on the command line: --table name=column/);
    expect(text(new ConfigurationError('No shards'))).toBe('error: No shards');
  });

  test('an interrupt, by its name', () => {
    const error = new CancelledError('cancelled by its signal', new Error('ended by SIGINT'));
    expect(text(error)).toBe('error: Cancelled: ended by SIGINT');
  });

  test('a shard that is lost', () => {
    const error = new ShardError('eu', 'connection refused', { code: 'ECONNREFUSED' });
    expect(text(error)).toBe("error: Shard 'eu': connection refused");
  });

  test('an error of ours keeps its stack', () => {
    expect(text(new TypeError('oops'))).toMatch(/^error: TypeError: oops\n\s+at /);
    expect(text('odd')).toBe('error: odd');
  });
});
