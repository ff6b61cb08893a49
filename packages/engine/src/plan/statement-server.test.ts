import { describe, expect, test } from 'vitest';
import { SqlError } from '../errors.js';
import type { Description } from './plan-context.js';
import { StatementServer } from './statement-server.js';

/** A server that describes a statement as a column of its name, and refuses what says `wrong`. */
function server() {
  const asked: string[] = [];
  let failure: Error | undefined;
  const ask = async (statements: readonly string[]): Promise<readonly Description[]> => {
    asked.push(statements.join('; '));
    if (failure !== undefined) throw failure;
    const wrong = statements.find((sql) => /wrong/.test(sql));
    if (wrong !== undefined) throw new SqlError({ message: wrong, code: '42703' });
    return statements.map((name) => ({
      parameterTypes: [],
      columns: [{ name, typeName: 'integer', internalType: 'int4', isText: false }],
    }));
  };
  return { asked, ask, fail: (error: Error) => (failure = error) };
}

const nameOf = ({ columns }: Description): string | undefined => columns[0]?.name;

describe('a statement and what is made of it', () => {
  test('go in one message, and each is asked for once', async () => {
    const { asked, ask } = server();
    const statement = new StatementServer('whole', ask);
    expect(nameOf(await statement.describe('part'))).toBe('part');
    expect(nameOf(await statement.statement())).toBe('whole');
    expect(nameOf(await statement.describe('part'))).toBe('part');
    expect(nameOf(await statement.describe('other'))).toBe('other');
    expect(asked).toEqual(['whole; part', 'other']);
  });

  test('a statement may be asked for alone', async () => {
    const { asked, ask } = server();
    const statement = new StatementServer('whole', ask);
    expect(nameOf(await statement.statement())).toBe('whole');
    expect(nameOf(await statement.describe('whole'))).toBe('whole');
    expect(nameOf(await statement.describe('part'))).toBe('part');
    expect(asked).toEqual(['whole', 'part']);
  });

  test('of a wrong statement nothing else is said', async () => {
    const { asked, ask } = server();
    const statement = new StatementServer('wrong whole', ask);
    await expect(statement.describe('wrong part')).rejects.toThrow('wrong whole');
    await expect(statement.statement()).rejects.toThrow('wrong whole');
    expect(asked).toEqual(['wrong whole; wrong part', 'wrong whole']);
  });

  test('a part that is wrong does not spoil the statement', async () => {
    const { ask } = server();
    const statement = new StatementServer('whole', ask);
    await expect(statement.describe('wrong part')).rejects.toThrow('wrong part');
    expect(nameOf(await statement.statement())).toBe('whole');
  });

  test('a server that is lost is not asked again', async () => {
    const { asked, ask, fail } = server();
    fail(new Error('lost'));
    const statement = new StatementServer('whole', ask);
    await expect(statement.describe('part')).rejects.toThrow('lost');
    await expect(statement.statement()).rejects.toThrow('lost');
    expect(asked).toEqual(['whole; part']);
  });
});
