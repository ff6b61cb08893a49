/** The commands of one logged-in session, each a request with an answer; no sockets here. */
import { ExasolError, notSupported } from '../exasol-error.js';
import type { Faults } from '../faults.js';
import { type Attributes, setAttributes, showAttributes } from './attributes.js';
import type { Json } from './json-writer.js';
import { metadataQuery } from './metadata.js';
import { PreparedStatements, parameterRows } from './prepared-statements.js';
import { listOf, numberOf, objectOf, type Request, textOf } from './request.js';
import type { ResultSet } from './result-set.js';
import { type Outcome, type SessionState, StatementRunner } from './statement-runner.js';

export interface CommandOptions extends Omit<SessionState, 'mostRows'> {
  readonly attributes: Attributes;
  readonly faults: Faults;
  readonly hosts: () => readonly string[];
}

/** `responseData`, and `attributes` where they are the answer. */
export interface Answer {
  readonly responseData?: Json;
  readonly attributes?: Json;
}

export class CommandSession {
  readonly #options: CommandOptions;
  readonly #runner: StatementRunner;
  readonly #prepared: PreparedStatements;
  readonly #sets = new Map<number, ResultSet>();
  #handles = 0;

  constructor(options: CommandOptions) {
    this.#options = options;
    this.#runner = new StatementRunner({
      ...options,
      mostRows: () => options.attributes.resultSetMaxRows,
    });
    this.#prepared = new PreparedStatements(options.database, this.#runner);
  }

  /** @throws ExasolError */
  async run(request: Request, signal: AbortSignal): Promise<Answer> {
    await this.#takeAttributes(objectOf(request, 'attributes'));
    switch (textOf(request, 'command')) {
      case 'execute':
        return this.#results([await this.#runner.run(textOf(request, 'sqlText'), { signal })]);
      case 'executeBatch':
        return this.#batch(listOf<string>(request, 'sqlTexts'), signal);
      case 'createPreparedStatement':
        return this.#prepare(textOf(request, 'sqlText'));
      case 'executePreparedStatement':
        return this.#executePrepared(request, signal);
      case 'closePreparedStatement':
        this.#prepared.close(numberOf(request, 'statementHandle'));
        return {};
      case 'fetch':
        return this.#fetch(request);
      case 'closeResultSet':
        return this.#closeSets(listOf<number>(request, 'resultSetHandles'));
      case 'getResultSetHeader':
        return {
          responseData: {
            numResults: 1,
            results: listOf<number>(request, 'resultSetHandles').map((handle) =>
              this.#header(handle),
            ),
          },
        };
      case 'getHosts': {
        const nodes = this.#options.hosts();
        return { responseData: { numNodes: nodes.length, nodes } };
      }
      case 'getAttributes':
      case 'setAttributes':
        return { attributes: showAttributes(this.#shown(), this.#options.database.open) };
      default:
        return this.#metadata(request);
    }
  }

  async #metadata(request: Request): Promise<Answer> {
    const query = metadataQuery(request);
    if (query === undefined) throw notSupported(`command ${textOf(request, 'command')}`);
    return this.#results([await this.#runner.metadata(query)]);
  }

  async #takeAttributes(wanted: Request): Promise<void> {
    const { attributes, database } = this.#options;
    const { currentSchema } = wanted;
    setAttributes(attributes, wanted);
    if (typeof currentSchema === 'string' && currentSchema !== database.schema)
      await this.openSchema(currentSchema);
    if (attributes.autocommit && !database.autocommit) await database.commit();
    database.autocommit = attributes.autocommit;
  }

  /** By its name in a message, which is folded as in SQL unless it is in mixed case. */
  async openSchema(name: string): Promise<void> {
    const { database } = this.#options;
    if (name === '') return database.openSchema('');
    for (const schema of [name, name.toUpperCase()])
      if (await database.hasSchema(schema)) return database.openSchema(schema);
    throw new ExasolError('42000', `schema ${name.toUpperCase()} not found`);
  }

  #shown(): Attributes {
    return { ...this.#options.attributes, currentSchema: this.#options.database.schema };
  }

  async #batch(sqls: readonly string[], signal: AbortSignal): Promise<Answer> {
    const outcomes: Outcome[] = [];
    for (const sql of sqls) outcomes.push(await this.#runner.run(sql, { signal }));
    return this.#results(outcomes);
  }

  async #prepare(sql: string): Promise<Answer> {
    const { handle, statement } = await this.#prepared.create(sql);
    const { parameters, columns } = statement;
    const header = columns.map(({ name, dataType }) => ({ name, dataType }));
    const result: Json =
      columns.length === 0
        ? { resultType: 'rowCount', rowCount: 0 }
        : {
            resultType: 'resultSet',
            resultSet: {
              numColumns: columns.length,
              numRows: 0,
              numRowsInMessage: 0,
              columns: header,
            },
          };
    return {
      responseData: {
        statementHandle: handle,
        parameterData:
          parameters.length === 0
            ? undefined
            : { numColumns: parameters.length, columns: parameters },
        numResults: 1,
        results: [result],
      },
    };
  }

  async #executePrepared(request: Request, signal: AbortSignal): Promise<Answer> {
    const statement = this.#prepared.get(numberOf(request, 'statementHandle'));
    const data = listOf<readonly unknown[]>(request, 'data');
    const rows = parameterRows(data, numberOf(request, 'numRows'));
    if (rows.length === 0)
      return this.#results([await this.#runner.run(statement.sql, { signal })]);
    const { database } = this.#options;
    let total = 0;
    let last: Outcome | undefined;
    await database.statement(statement.sql, async () => {
      const { autocommit } = database;
      database.autocommit = false;
      try {
        for (const parameters of rows) {
          last = await this.#runner.run(statement.sql, { signal, parameters });
          if (last.kind === 'count') total += last.rows;
        }
      } finally {
        database.autocommit = autocommit;
      }
    });
    return this.#results([last?.kind === 'rows' ? last : { kind: 'count', rows: total }]);
  }

  async #fetch(request: Request): Promise<Answer> {
    const set = this.#set(numberOf(request, 'resultSetHandle'));
    const rows = await set.page(numberOf(request, 'startPosition'), numberOf(request, 'numBytes'));
    return { responseData: { numRows: rows.length, data: set.data(rows) } };
  }

  async #closeSets(handles: readonly number[]): Promise<Answer> {
    for (const handle of handles) {
      await this.#sets.get(handle)?.close();
      this.#sets.delete(handle);
    }
    return {};
  }

  #set(handle: number): ResultSet {
    const set = this.#sets.get(handle);
    if (set === undefined) throw new ExasolError('00000', `result set handle ${handle} not found`);
    return set;
  }

  #header(handle: number): Json {
    const set = this.#set(handle);
    return {
      resultType: 'resultSet',
      resultSet: {
        resultSetHandle: handle,
        numColumns: set.columns.length,
        numRows: set.rowCount,
        numRowsInMessage: 0,
        columns: set.header(),
      },
    };
  }

  async #results(outcomes: readonly Outcome[]): Promise<Answer> {
    const results: Json[] = [];
    for (const outcome of outcomes)
      results.push(
        outcome.kind === 'count'
          ? { resultType: 'rowCount', rowCount: outcome.rows }
          : await this.#resultSet(outcome.set),
      );
    return { responseData: { numResults: results.length, results } };
  }

  /** All rows and no handle; a handle and no rows; or a handle and the first rows, as for results of few but large rows. */
  async #resultSet(set: ResultSet): Promise<Json> {
    const { partialPageRows } = this.#options.faults;
    const partial = partialPageRows > 0 && set.inline && set.rowCount > partialPageRows;
    let handle: number | undefined;
    if (!set.inline || partial) {
      this.#handles += 1;
      handle = this.#handles;
      this.#sets.set(handle, set);
    }
    const all = set.inline ? await set.page(0, Number.POSITIVE_INFINITY) : [];
    const rows = partial ? all.slice(0, partialPageRows) : all;
    return {
      resultType: 'resultSet',
      resultSet: {
        resultSetHandle: handle,
        numColumns: set.columns.length,
        numRows: set.rowCount,
        numRowsInMessage: rows.length,
        columns: set.header(),
        data: rows.length === 0 ? undefined : set.data(rows),
      },
    };
  }
}
