/** One client's connection: messages in order, one at a time; only `abortQuery` overtakes. */
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { RawData, WebSocket } from 'ws';
import type { ClusterState } from '../cluster-state.js';
import { ExasolError, executionAborted, queryTimedOut } from '../exasol-error.js';
import { SessionDatabase } from '../postgres/session-database.js';
import { exasolError } from '../sql/postgres-error.js';
import { type Attributes, defaultAttributes, setAttributes } from './attributes.js';
import { type Answer, CommandSession } from './command-session.js';
import { type Json, writeJson } from './json-writer.js';
import { decryptPassword } from './login.js';
import { objectOf, parseRequest, type Request, textOf } from './request.js';

const LATE_ABORT_MS = 1_000;

const pack = promisify(deflate);
const unpack = promisify<Buffer, Buffer>(inflate);

export class WebSocketSession {
  readonly id: bigint;
  readonly #socket: WebSocket;
  readonly #cluster: ClusterState;
  readonly #attributes: Attributes = defaultAttributes();
  #commands: CommandSession | undefined;
  #database: SessionDatabase | undefined;
  #compressed = false;
  #expects: 'login' | 'password' | 'token' | 'command' = 'login';
  #protocolVersion = 3;
  #queue: Promise<void> = Promise.resolve();
  #running: AbortController | undefined;
  #cancelling: Promise<void> | undefined;

  constructor(socket: WebSocket, cluster: ClusterState, id: bigint) {
    this.#socket = socket;
    this.#cluster = cluster;
    this.id = id;
    socket.on('message', (data) => this.#take(data));
    socket.on('error', () => undefined);
    socket.once('close', () => this.#closed());
  }

  /** Breaks off what runs; with `whole`, the session as well. */
  kill(whole: boolean): void {
    this.#abort(executionAborted());
    if (whole) this.#socket.terminate();
  }

  #take(data: RawData): void {
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const compressed = this.#compressed;
    const parsed = (compressed ? unpack(bytes) : Promise.resolve(bytes)).then((plain) =>
      parseRequest(plain.toString('utf8')),
    );
    parsed.then(
      (request) => {
        if (textOf(request, 'command') === 'abortQuery') this.#abortQuery();
      },
      () => this.#socket.close(1007),
    );
    this.#queue = this.#queue
      .then(async () => {
        const request = await parsed;
        if (textOf(request, 'command') !== 'abortQuery') await this.#answer(request);
      })
      .catch(() => this.#socket.terminate());
  }

  #abortQuery(): void {
    const { abort } = this.#cluster.faults;
    if (abort === 'ignored') return;
    const running = this.#running;
    if (abort === 'honoured') this.#abort(executionAborted());
    else
      setTimeout(() => {
        if (this.#running === running) this.#abort(executionAborted());
      }, LATE_ABORT_MS).unref();
  }

  #abort(reason: ExasolError): void {
    if (this.#running === undefined) return;
    this.#running.abort(reason);
    this.#cancelling = this.#database?.cancel();
  }

  async #answer(request: Request): Promise<void> {
    const { faults } = this.#cluster;
    const heart = this.#startHeartbeat();
    const statement = textOf(request, 'sqlText');
    const drop =
      faults.dropSession?.statement.test(statement) === true ? faults.dropSession.when : undefined;
    if (drop === 'during') setTimeout(() => this.#socket.terminate(), 50);
    try {
      const answer = await this.#respond(request);
      if (faults.answerDelayMs > 0) await delay(faults.answerDelayMs);
      if (drop === 'after') return this.#socket.terminate();
      await this.#send({
        status: 'ok',
        responseData: answer.responseData,
        attributes: answer.attributes,
      });
      if (textOf(request, 'command') === 'disconnect') this.#socket.close(1000);
    } catch (error) {
      if (faults.answerDelayMs > 0) await delay(faults.answerDelayMs);
      const { sqlCode, message } = exasolError(error, statement);
      await this.#send({
        status: 'error',
        exception: { text: `${message} (Session: ${this.id})`, sqlCode },
      });
      if (this.#expects !== 'command') this.#socket.close();
    } finally {
      clearInterval(heart);
    }
  }

  /** Unasked Pongs, by which a client knows that a statement still runs. */
  #startHeartbeat(): NodeJS.Timeout {
    const everyMs = Math.max(0.05, this.#attributes.feedbackInterval) * 1_000;
    return setInterval(() => {
      if (this.#cluster.faults.heartbeat && this.#socket.readyState === this.#socket.OPEN)
        this.#socket.pong();
    }, everyMs);
  }

  #respond(request: Request): Promise<Answer> {
    const command = textOf(request, 'command');
    if (command === 'login' || command === 'loginToken') return this.#begin(command, request);
    if (this.#expects === 'password' || this.#expects === 'token') return this.#login(request);
    if (command === 'disconnect') return Promise.resolve({});
    if (this.#commands === undefined)
      throw new ExasolError('08004', 'Connection exception - not logged in.');
    return this.#run(this.#commands, request);
  }

  async #begin(command: 'login' | 'loginToken', request: Request): Promise<Answer> {
    this.#protocolVersion = Math.min(Number(request.protocolVersion ?? 3), 3);
    this.#expects = command === 'login' ? 'password' : 'token';
    if (command === 'loginToken') return {};
    const { publicPem, modulusHex, exponentHex } = this.#cluster.loginKey;
    return {
      responseData: {
        publicKeyPem: publicPem,
        publicKeyModulus: modulusHex,
        publicKeyExponent: exponentHex,
      },
    };
  }

  async #login(request: Request): Promise<Answer> {
    const { user, password, token, loginKey } = this.#cluster;
    const rightUser = textOf(request, 'username').toUpperCase() === user.toUpperCase();
    const right =
      this.#expects === 'password'
        ? rightUser && decryptPassword(loginKey, textOf(request, 'password')) === password
        : token !== undefined && [request.accessToken, request.refreshToken].includes(token);
    if (!right) throw new ExasolError('08004', 'Connection exception - authentication failed.');
    const database = new SessionDatabase(this.#cluster.url, this.#cluster.admin);
    await database.connect();
    this.#database = database;
    const wanted = objectOf(request, 'attributes');
    setAttributes(this.#attributes, wanted);
    database.autocommit = this.#attributes.autocommit;
    const commands = this.#makeCommands(database);
    await commands.openSchema(textOf(wanted, 'currentSchema'));
    this.#commands = commands;
    this.#expects = 'command';
    return { responseData: this.#welcome(request.useCompression === true) };
  }

  #makeCommands(database: SessionDatabase): CommandSession {
    const { faults, releaseVersion, tunnels } = this.#cluster;
    return new CommandSession({
      sessionId: this.id,
      user: this.#cluster.user,
      database,
      attributes: this.#attributes,
      faults,
      hosts: () => shuffled(this.#cluster.hosts),
      transport: () => ({ faults, releaseVersion, tunnel: (address) => tunnels.get(address) }),
      kill: (session, whole) => this.#cluster.kill(session, whole),
    });
  }

  #welcome(compressed: boolean): Json {
    this.#attributes.compressionEnabled = compressed;
    return {
      sessionId: this.id,
      protocolVersion: this.#protocolVersion,
      releaseVersion: this.#cluster.releaseVersion,
      databaseName: 'DB1',
      productName: 'EXASolution',
      maxDataMessageSize: 67_108_864,
      maxIdentifierLength: 128,
      maxVarcharLength: 2_000_000,
      identifierQuoteString: '"',
      timeZone: 'UTC',
      timeZoneBehavior: 'INVALID SHIFT AMBIGUOUS ST',
    };
  }

  async #run(commands: CommandSession, request: Request): Promise<Answer> {
    const running = new AbortController();
    this.#running = running;
    const { queryTimeout } = this.#attributes;
    const timer =
      queryTimeout > 0
        ? setTimeout(() => this.#abort(queryTimedOut()), queryTimeout * 1_000)
        : undefined;
    try {
      return await commands.run(request, running.signal);
    } catch (error) {
      throw running.signal.aborted ? running.signal.reason : error;
    } finally {
      clearTimeout(timer);
      this.#running = undefined;
      // It must not hit what runs next.
      await this.#cancelling;
    }
  }

  async #send(message: Json): Promise<void> {
    const text = writeJson(message);
    const compressed = this.#compressed;
    // The answer to the login itself is plain; from the next message on both sides compress.
    if (this.#commands !== undefined) this.#compressed = this.#attributes.compressionEnabled;
    this.#socket.send(compressed ? await pack(text) : text);
  }

  #closed(): void {
    this.#cluster.sessions.delete(this.id);
    this.#abort(executionAborted());
    const database = this.#database;
    this.#queue.finally(() => database?.end());
  }
}

function shuffled(hosts: readonly string[]): string[] {
  return hosts
    .map((host) => ({ host, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ host }) => host);
}
