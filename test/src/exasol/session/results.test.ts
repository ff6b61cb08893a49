import {
  ExasolError,
  ExasolOptionError,
  ExasolProtocolError,
  openSession,
  type ResultSet,
  type Session,
} from '@millrace/exasol';
import { afterEach, describe, expect, it } from 'vitest';
import {
  countReply,
  type Received,
  rowsReply,
  type ScriptedConnection,
  type ScriptedServer,
  SESSION_ID,
  startScriptedServer,
} from './scripted-server.js';

const started: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

type Script = (command: Received, connection: ScriptedConnection) => void;

async function open(script: Script): Promise<{ session: Session; server: ScriptedServer }> {
  const server = await startScriptedServer({ script });
  started.push(server);
  const session = await openSession({
    dsn: server.dsn,
    user: 'sys',
    password: 'x',
    encryption: false,
    fetchBytes: 1000,
    mapNode: ({ host, port }) => ({ host: host.replace('10.0.0.', '127.0.0.'), port: port + 1 }),
  });
  return { session, server };
}

const ID = '{"name":"ID","dataType":{"type":"DECIMAL","precision":18,"scale":0}}';

const commandsOf = (server: ScriptedServer, name: string): readonly Received[] =>
  server.received.filter(({ command }) => command === name);

/** Answers `execute` with `first` of `rows` rows, and `fetch` with pages of `page` rows. Row i holds 2^53 + i. */
function pager(rows: number, first: number, page: number): Script {
  const cells = (from: number, count: number): string =>
    Array.from({ length: count }, (_, i) => `${2n ** 53n + BigInt(from + i)}`).join();
  return (command, connection) => {
    if (command.command === 'execute') {
      connection.ok(
        rowsReply(
          `{"resultSetHandle":7,"numColumns":1,"numRows":${rows},"numRowsInMessage":${first},"columns":[${ID}]${first === 0 ? '' : `,"data":[[${cells(0, first)}]]`}}`,
        ),
      );
    } else if (command.command === 'fetch') {
      const from = command.startPosition as number;
      const count = Math.min(page, rows - from);
      connection.ok(`{"numRows":${count},"data":[[${cells(from, count)}]]}`);
    } else {
      connection.ok();
    }
  };
}

async function rowsOf(session: Session): Promise<ResultSet> {
  const result = await session.execute('select');
  if (result.kind !== 'resultSet') {
    throw new Error('no rows');
  }
  return result;
}

describe('results', () => {
  it('are a number of rows', async () => {
    const { session } = await open((_, connection) => connection.ok(countReply(5)));
    expect(await session.execute('delete from t')).toEqual({ kind: 'rowCount', rowCount: 5 });
  });

  it('are rows in one message, with values that follow from the types', async () => {
    const set = `{"numColumns":6,"numRows":2,"numRowsInMessage":2,"columns":[${ID},
      {"name":"ID","dataType":{"type":"DECIMAL","precision":5,"scale":0}},
      {"name":"N","dataType":{"type":"DECIMAL","precision":20,"scale":2}},
      {"name":"B","dataType":{"type":"BOOLEAN"}},
      {"name":"D","dataType":{"type":"DOUBLE"}},
      {"name":"T","dataType":{"type":"VARCHAR","size":50,"characterSet":"UTF8"}}],
      "data":[[999999999999999999,1],[7,null],["0.7",null],[true,null],[1.5,null],[",1234567890123456789,",null]]}`;
    const { session, server } = await open((_, connection) => connection.ok(rowsReply(set)));
    const result = await rowsOf(session);
    expect(result.columns.map(({ name }) => name)).toEqual(['ID', 'ID', 'N', 'B', 'D', 'T']);
    expect(result.rowCount).toBe(2);
    expect(await result.rows()).toEqual([
      [999999999999999999n, 7, '0.7', true, 1.5, ',1234567890123456789,'],
      [1n, null, null, null, null, null],
    ]);
    expect(commandsOf(server, 'closeResultSet')).toHaveLength(0);
    await expect(result.rows()).rejects.toThrow(ExasolOptionError);
  });

  it.each([
    ['behind a handle', 2500, 0, 1000],
    ['partly in the message', 999, 10, 400],
    ['whole in the message, with a handle', 5, 5, 5],
  ])('are rows %s', async (_, rows, first, page) => {
    const { session, server } = await open(pager(rows, first, page));
    const result = await rowsOf(session);
    let seen = 0n;
    for await (const [id] of result) {
      expect(id).toBe(2n ** 53n + seen);
      seen++;
    }
    expect(seen).toBe(BigInt(rows));
    expect(commandsOf(server, 'fetch').map(({ startPosition }) => startPosition)).toEqual(
      Array.from({ length: Math.ceil((rows - first) / page) }, (_, i) => first + i * page),
    );
    expect(commandsOf(server, 'closeResultSet')).toEqual([
      { command: 'closeResultSet', resultSetHandles: [7] },
    ]);
  });

  it('are read one page ahead, and forgotten by the server when the loop is left', async () => {
    const { session, server } = await open(pager(100, 0, 10));
    const result = await rowsOf(session);
    for await (const [id] of result) {
      if (id === 2n ** 53n + 12n) {
        break;
      }
    }
    expect(commandsOf(server, 'fetch')).toHaveLength(3);
    expect(commandsOf(server, 'closeResultSet')).toHaveLength(1);
    expect(session.lost).toBeUndefined();
  });

  it('are forgotten by the server when closed unread', async () => {
    const { session, server } = await open(pager(100, 0, 10));
    {
      await using result = await rowsOf(session);
      expect(result.rowCount).toBe(100);
    }
    expect(commandsOf(server, 'closeResultSet')).toHaveLength(1);
  });

  it.each([
    ['an empty page', '{"numRows":0,"data":[]}', /a page of 0 rows came at row 0 of a result of 3/],
    ['more rows than there are', '{"numRows":4,"data":[[1,2,3,4]]}', /a page of 4 rows/],
    ['a column too few', '{"numRows":3,"data":[]}', /a page has not 1 columns of 3 rows/],
    ['a cell too few', '{"numRows":3,"data":[[1,2]]}', /a page has not 1 columns of 3 rows/],
    ['a cell of another type', '{"numRows":1,"data":[["x"]]}', /a cell of type DECIMAL/],
  ])('fail, and close the session, for %s', async (_, page, message) => {
    const first = pager(3, 0, 1);
    const { session } = await open((command, connection) =>
      command.command === 'fetch' ? connection.ok(page) : first(command, connection),
    );
    const failed = (await rowsOf(session)).rows();
    await expect(failed).rejects.toThrow(ExasolProtocolError);
    await expect(failed).rejects.toThrow(message);
    await expect(session.execute('select')).rejects.toThrow(
      /The session is closed: Exasol's answer/,
    );
  });

  it.each([
    ['no results', '{}'],
    ['two', '{"numResults":2,"results":[{},{}]}'],
    ['an unknown kind', '{"numResults":1,"results":[{"resultType":"x"}]}'],
    [
      'rows without a handle',
      rowsReply(`{"numColumns":1,"numRows":3,"numRowsInMessage":0,"columns":[${ID}]}`),
    ],
    ['another number of columns', rowsReply(`{"numColumns":2,"numRows":0,"columns":[${ID}]}`)],
    ['a negative count', countReply(-1)],
  ])('fail for %s', async (_, reply) => {
    const { session } = await open((_command, connection) => connection.ok(reply));
    await expect(session.execute('select')).rejects.toThrow(ExasolProtocolError);
    expect(session.lost).toBeInstanceOf(ExasolProtocolError);
  });
});

describe('commands', () => {
  it('fail with the server’s words, its code and the session, which goes on', async () => {
    const { session } = await open((command, connection) =>
      command.sqlText === 'bad'
        ? connection.error('object NOSUCH not found [line 1, column 8]', '42000')
        : connection.ok(countReply(1)),
    );
    const error = await session.execute('bad').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ExasolError);
    expect(error).toMatchObject({
      message: 'object NOSUCH not found [line 1, column 8]',
      sqlCode: '42000',
      sessionId: SESSION_ID,
    });
    expect(await session.execute('good')).toMatchObject({ rowCount: 1 });
    await expect(session.execute(' ')).rejects.toThrow(/sql: must be text/);
  });

  it('go one at a time, in the order of the calls', async () => {
    let open_ = 0;
    const { session, server } = await open((_, connection) => {
      expect(++open_).toBe(1);
      setImmediate(() => {
        open_--;
        connection.ok(countReply(0));
      });
    });
    const texts = Array.from({ length: 20 }, (_, i) => `statement ${i}`);
    await Promise.all(texts.map((text) => session.execute(text)));
    expect(commandsOf(server, 'execute').map(({ sqlText }) => sqlText)).toEqual(texts);
  });

  it('run many statements in one message', async () => {
    const { session, server } = await open((_, connection) =>
      connection.ok(
        '{"numResults":2,"results":[{"resultType":"rowCount","rowCount":1},{"resultType":"rowCount","rowCount":2}]}',
      ),
    );
    const results = await session.executeBatch(['a', 'b']);
    expect(results).toMatchObject([{ rowCount: 1 }, { rowCount: 2 }]);
    expect(await session.executeBatch([])).toEqual([]);
    expect(commandsOf(server, 'executeBatch')).toEqual([
      { command: 'executeBatch', sqlTexts: ['a', 'b'] },
    ]);
  });

  it('prepare, run column by column, and describe without running', async () => {
    const parameter = '{"name":"","dataType":{"type":"DECIMAL","precision":36,"scale":0}}';
    const { session, server } = await open((command, connection) => {
      if (command.command === 'createPreparedStatement') {
        connection.ok(
          `{"statementHandle":3,"parameterData":{"numColumns":2,"columns":[${parameter},${parameter}]},"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"numColumns":1,"numRows":0,"numRowsInMessage":0,"columns":[${ID}]}}]}`,
        );
      } else {
        connection.ok(countReply(2));
      }
    });
    const statement = await session.prepare('select id from t where a = ? and b = ?');
    expect(statement.columns).toEqual([
      { name: 'ID', type: { type: 'DECIMAL', precision: 18, scale: 0 } },
    ]);
    expect(statement.parameters).toHaveLength(2);
    const rows = [
      [1, 5n],
      ['2', null],
    ] as const;
    expect(await statement.execute(rows)).toMatchObject({ rowCount: 2 });
    expect(commandsOf(server, 'executePreparedStatement')[0]).toMatchObject({
      statementHandle: 3,
      numColumns: 2,
      numRows: 2,
      columns: [JSON.parse(parameter), JSON.parse(parameter)],
      data: [
        [1, '2'],
        [5, null],
      ],
    });
    await expect(statement.execute([[1]])).rejects.toThrow(/rows\[0\]: must be a list of 2 values/);
    await expect(statement.execute([[1, Number.NaN]])).rejects.toThrow(/rows\[0\]\[1\]: must be/);
    await statement.close();
    await statement.close();
    await expect(statement.execute(rows)).rejects.toThrow(/was closed before/);
    expect((await session.describe('select …')).columns).toHaveLength(1);
    expect(commandsOf(server, 'closePreparedStatement')).toHaveLength(2);
  });

  it('list the nodes as often as asked, where they are reached from here', async () => {
    const { session, server } = await open((_, connection) =>
      connection.ok('{"numNodes":2,"nodes":["10.0.0.11","10.0.0.12"]}'),
    );
    const port = server.port + 1;
    expect(await session.nodes(3)).toEqual([
      { host: '127.0.0.11', port, index: 0 },
      { host: '127.0.0.12', port, index: 1 },
      { host: '127.0.0.11', port, index: 2 },
    ]);
    expect(await session.nodes()).toHaveLength(2);
    expect(commandsOf(server, 'getHosts')[0]).toEqual({
      command: 'getHosts',
      hostIp: '127.0.0.1',
    });
    await expect(session.nodes(0)).rejects.toThrow(ExasolOptionError);
  });

  it('keep the settings that any answer tells', async () => {
    const { session, server } = await open((command, connection) =>
      command.command === 'setAttributes'
        ? connection.ok()
        : connection.send(
            `{"status":"ok","attributes":{"currentSchema":"S"},"responseData":${countReply(0)}}`,
          ),
    );
    expect(session.attributes).toEqual({ autocommit: true, currentSchema: '' });
    await session.execute('open schema s');
    expect(session.attributes).toEqual({ autocommit: true, currentSchema: 'S' });
    await session.setAutocommit(false);
    await session.commit();
    await session.rollback();
    expect(server.received.slice(4)).toEqual([
      { command: 'setAttributes', attributes: { autocommit: false } },
      { command: 'getAttributes' },
      { command: 'execute', sqlText: 'COMMIT' },
      { command: 'execute', sqlText: 'ROLLBACK' },
    ]);
  });
});
