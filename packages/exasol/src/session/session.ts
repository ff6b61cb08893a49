import { ExasolConnectionError, ExasolOptionError, ExasolProtocolError } from '../errors.js';
import type { Command, CommandOptions, CommandQueue } from './command-queue.js';
import type { SessionInfo } from './login.js';
import { PreparedStatement, type StatementDescription } from './prepared-statement.js';
import { type Reply, type ResultHeader, readResults, type SessionAttributes } from './protocol.js';
import { ResultSet } from './result-set.js';
import type { WebSocketLink } from './websocket-link.js';

/** How many rows a statement changed. */
export interface RowCount {
  readonly kind: 'rowCount';
  readonly rowCount: number;
}

export type StatementResult = RowCount | ResultSet;

/** Where a node of the cluster listens. */
export interface ExasolNode {
  /** IPv4, as the cluster knows it, or what `mapNode` made of it. */
  readonly host: string;
  readonly port: number;
  /** From 0; goes on where the list begins again. */
  readonly index: number;
}

/** Where a node is reached from here: behind a NAT, or in Docker, not where the cluster thinks. */
export type NodeMapper = (node: { readonly host: string; readonly port: number }) => {
  readonly host: string;
  readonly port: number;
};

export interface SessionParts {
  readonly link: WebSocketLink;
  readonly queue: CommandQueue;
  readonly info: SessionInfo;
  readonly port: number;
  readonly encryption: boolean;
  readonly compression: boolean;
  readonly fetchBytes: number;
  readonly mapNode: NodeMapper | undefined;
}

/** How long the server may take to say goodbye. */
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * A session with a database, logged in. Commands are sent one at a time, in the order of the calls; calls may be made at any time.
 * A session that is lost stays so: what was running fails with an ExasolConnectionError, and so does at once whatever follows.
 */
export class Session {
  readonly info: SessionInfo;
  /** Whether the connection is TLS; tunnels of the same statement must agree with it. */
  readonly encryption: boolean;
  readonly compression: boolean;

  readonly #parts: SessionParts;
  #attributes: SessionAttributes = {};
  #closing: Promise<void> | undefined;

  /** Sessions come from `openSession`. */
  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.info = parts.info;
    this.encryption = parts.encryption;
    this.compression = parts.compression;
  }

  /** Settings as the server last told them. */
  get attributes(): SessionAttributes {
    return this.#attributes;
  }

  /** What ended the session; undefined while it is usable. */
  get lost(): Error | undefined {
    return this.#parts.link.lost;
  }

  /**
   * Runs one statement.
   * @returns the number of rows it changed, or the rows it gives
   * @throws ExasolError, ExasolConnectionError, the signal's reason
   */
  async execute(sql: string, options: CommandOptions = {}): Promise<StatementResult> {
    return this.#toResult(await this.send({ command: 'execute', sqlText: sqlOf(sql) }, options));
  }

  /**
   * Runs statements one after the other, in one message. The first that fails ends it; what went before is done.
   * @returns a result for each
   */
  async executeBatch(
    statements: readonly string[],
    options: CommandOptions = {},
  ): Promise<readonly StatementResult[]> {
    if (statements.length === 0) {
      return [];
    }
    const sqlTexts = statements.map(sqlOf);
    const reply = await this.send({ command: 'executeBatch', sqlTexts }, options);
    return this.#results(reply, sqlTexts.length);
  }

  /** Has the server keep a statement. `close()` it, or use it by `await using`. */
  async prepare(
    sql: string,
    options: CommandOptions = {},
  ): Promise<PreparedStatement<StatementResult>> {
    const command = { command: 'createPreparedStatement', sqlText: sqlOf(sql) };
    const reply = await this.send(command, options);
    const { queue } = this.#parts;
    return queue.read(() => new PreparedStatement(reply, queue, (sent) => this.#toResult(sent)));
  }

  /** The columns and parameters of a statement, which does not run. */
  async describe(sql: string, options: CommandOptions = {}): Promise<StatementDescription> {
    const statement = await this.prepare(sql, options);
    await statement.close();
    return { columns: statement.columns, parameters: statement.parameters };
  }

  /**
   * Nodes of the cluster, as each may be dialled for a tunnel. The server lists them in an order of its own.
   * @param count how many; the list begins again where it ends. Default: each once
   */
  async nodes(count?: number, options: CommandOptions = {}): Promise<readonly ExasolNode[]> {
    if (count !== undefined && (!Number.isSafeInteger(count) || count < 1)) {
      throw new ExasolOptionError('count', 'must be a whole number from 1');
    }
    const { link, queue, port, mapNode } = this.#parts;
    const { data } = await this.send({ command: 'getHosts', hostIp: link.remoteAddress }, options);
    const hosts = queue.read(() => hostsOf(data.nodes));
    return Array.from({ length: count ?? hosts.length }, (_, index) => {
      const node = { host: hosts[index % hosts.length] as string, port };
      return { ...(mapNode?.(node) ?? node), index };
    });
  }

  /** Asks the server for all settings. */
  async getAttributes(options: CommandOptions = {}): Promise<SessionAttributes> {
    await this.send({ command: 'getAttributes' }, options);
    return this.#attributes;
  }

  /** Changes settings, and asks what they are now: the answer to the change does not always say. */
  async setAttributes(
    attributes: SessionAttributes,
    options: CommandOptions = {},
  ): Promise<SessionAttributes> {
    const command = { command: 'setAttributes', attributes } as Command;
    await this.send(command, options);
    return await this.getAttributes(options);
  }

  /** Whether each statement commits by itself. */
  async setAutocommit(on: boolean): Promise<void> {
    await this.setAttributes({ autocommit: on });
  }

  async commit(options: CommandOptions = {}): Promise<void> {
    await this.execute('COMMIT', options);
  }

  async rollback(options: CommandOptions = {}): Promise<void> {
    await this.execute('ROLLBACK', options);
  }

  /**
   * Tells the server to end the command that is running, if one is. That command then fails with an ExasolError of code R0003, or ends
   * well if it was faster. A signal given to the command does the same and more: it bounds the wait.
   */
  abortQuery(): void {
    this.#parts.queue.abort();
  }

  /** Sends a command of the protocol as it is, in its turn. For commands that have no method. */
  async send(command: Command, options: CommandOptions = {}): Promise<Reply> {
    const reply = await this.#parts.queue.send(command, options);
    if (reply.attributes !== undefined) {
      this.#attributes = { ...this.#attributes, ...reply.attributes };
    }
    return reply;
  }

  /** Ends the session after the commands that were given before. An open transaction is rolled back. Never fails. */
  async close(): Promise<void> {
    this.#closing ??= this.#sayGoodbye();
    await this.#closing;
  }

  /** Ends the session at once, whatever is running. */
  destroy(reason: Error = new ExasolConnectionError('it was destroyed')): void {
    this.#parts.link.destroy(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #sayGoodbye(): Promise<void> {
    const { link, queue } = this.#parts;
    const reason = new ExasolConnectionError('close() was called', { code: 'MILLRACE_CLOSED' });
    await queue.finish({ command: 'disconnect' }, CLOSE_TIMEOUT_MS);
    await link.close(reason, CLOSE_TIMEOUT_MS);
  }

  #toResult(reply: Reply): StatementResult {
    return this.#results(reply, 1)[0] as StatementResult;
  }

  #results(reply: Reply, count: number): readonly StatementResult[] {
    return this.#parts.queue.read(() =>
      readResults(reply, count).map((header) => this.#resultOf(header)),
    );
  }

  #resultOf(header: ResultHeader): StatementResult {
    const { queue, fetchBytes } = this.#parts;
    return header.kind === 'rowCount' ? header : new ResultSet(header, queue, fetchBytes);
  }
}

function sqlOf(sql: string): string {
  if (typeof sql !== 'string' || sql.trim() === '') {
    throw new ExasolOptionError('sql', 'must be text that is not empty');
  }
  return sql;
}

function hostsOf(nodes: unknown): readonly string[] {
  if (!Array.isArray(nodes) || nodes.length === 0 || !nodes.every(isText)) {
    throw new ExasolProtocolError('it lists no nodes');
  }
  return nodes;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
