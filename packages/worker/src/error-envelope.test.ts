import { ConnectionError, ServerError, StatementError, WireError } from '@millrace/postgres';
import { describe, expect, test } from 'vitest';
import { TaskCancelledError, toEnvelope } from './error-envelope.js';

const FIELDS = {
  message: 'no such table',
  code: '42P01',
  severity: 'ERROR',
  position: '15',
  hint: 'look',
};

describe('an envelope', () => {
  test.each([
    ['server', new ServerError(FIELDS), '42P01'],
    [
      'statement',
      new StatementError('empty', 'MILLRACE_EMPTY_STATEMENT'),
      'MILLRACE_EMPTY_STATEMENT',
    ],
    ['connection', new ConnectionError('gone', { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['connection', new ConnectionError('gone'), 'MILLRACE_CONNECTION'],
    ['cancelled', new TaskCancelledError(), 'MILLRACE_CANCELLED'],
    ['internal', new WireError('odd'), 'MILLRACE_WIRE'],
    ['internal', new TypeError('bug'), 'MILLRACE_INTERNAL'],
    ['internal', Object.assign(new Error('numbered'), { code: 7 }), 'MILLRACE_INTERNAL'],
  ] as const)('of kind %s keeps message, code and stack: %s', (kind, error, code) => {
    expect(toEnvelope(error)).toMatchObject({
      kind,
      code,
      message: error.message,
      stack: error.stack,
    });
  });

  test('of a server keeps all that the server said, of others has no fields', () => {
    expect(toEnvelope(new ServerError(FIELDS)).fields).toEqual(FIELDS);
    expect(toEnvelope(new ConnectionError('gone'))).not.toHaveProperty('fields');
  });

  test('holds the causes, each with its own kind', () => {
    const error = new ConnectionError('ended', { cause: new ServerError(FIELDS) });
    expect(toEnvelope(error).cause).toMatchObject({ kind: 'server', fields: FIELDS });
    expect(toEnvelope(new ConnectionError('ended', { cause: 'text' }))).not.toHaveProperty('cause');
  });

  test('is the same after it crossed a thread', () => {
    const cause = new ConnectionError('ended', { cause: new ServerError(FIELDS) });
    const envelope = toEnvelope(new Error('outer', { cause }));
    expect(structuredClone(envelope)).toEqual(envelope);
  });

  test('of what is no error at all has its text', () => {
    expect(toEnvelope('just text')).toMatchObject({
      kind: 'internal',
      message: 'just text',
      code: 'MILLRACE_INTERNAL',
    });
    expect(toEnvelope(undefined)).toMatchObject({ message: 'undefined' });
  });
});
