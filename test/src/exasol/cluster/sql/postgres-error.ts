/** What PostgreSQL refuses, in the words and codes that Exasol's clients know. */
import { DatabaseError } from 'pg';
import { ExasolError } from '../exasol-error.js';
import { position } from './tokens.js';

/** @param sql the statement as the client wrote it, to find the place of what is missing */
export function exasolError(error: unknown, sql: string): ExasolError {
  if (error instanceof ExasolError) return error;
  if (!(error instanceof DatabaseError))
    return new ExasolError('00000', error instanceof Error ? error.message : String(error));
  const quoted = /"((?:[^"]|"")+)"/.exec(error.message)?.[1];
  switch (error.code) {
    case '42P01':
    case '42703':
    case '42883':
    case '3F000':
    case '42704': {
      const name = quoted ?? /(?:column|function) ([\w.]+)/.exec(error.message)?.[1] ?? '';
      const found = Math.max(0, sql.toUpperCase().indexOf(name.toUpperCase()));
      const what = error.code === '3F000' ? 'schema' : 'object';
      return new ExasolError(
        '42000',
        `${what} ${name.toUpperCase()} not found ${position(sql, found)}`,
      );
    }
    case '42P07':
    case '42P06':
      return new ExasolError('42500', `object ${(quoted ?? '').toUpperCase()} already exists`);
    case '42601':
      return new ExasolError(
        '42000',
        `syntax error, ${error.message.replace(/^syntax error /, '')} ${position(sql, 0)}`,
      );
    case '23502':
    case '23505':
      return new ExasolError('27002', `constraint violation - ${error.message}`);
    case '57014':
      return new ExasolError('R0003', 'Client requested execution abort.');
    default:
      return new ExasolError(
        /^22/.test(error.code ?? '') ? (error.code as string) : '42000',
        `data exception - ${error.message}`,
      );
  }
}
