/**
 * The transaction of a `ParallelConnection`: one on all shards, from the first statement to `commit` or `rollback`.
 *
 * ```
 * none ──statement──► open ──commit, rollback──► none
 *                      └──a statement fails──► failed ──rollback──► none
 * ```
 *
 * A statement that fails on one shard may have succeeded on others: after it nothing runs on any of them until the
 * rollback, as PostgreSQL has it for one. Statements run one after the other.
 */
import { CommitError, ConfigurationError, SqlError } from '../errors.js';
import type { LinkResult, ParallelLink } from './parallel-link.js';

/** What ends a failed transaction, or takes it back to where it had not failed. */
const ROLLBACK = /^\s*(rollback|abort)\b/i;
/** SQLSTATE in_failed_sql_transaction. */
const IN_FAILED_TRANSACTION = '25P02';

export class Transaction {
  readonly #link: ParallelLink;
  #state: 'none' | 'open' | 'failed' = 'none';
  #last: Promise<unknown> = Promise.resolve();
  /** A result whose rows still come: no other statement can run meanwhile. */
  #streaming: LinkResult | undefined;

  constructor(link: ParallelLink) {
    this.#link = link;
  }

  /**
   * Runs a statement when those before it are over.
   *
   * @throws SqlError 25P02 when the transaction has failed, and what `work` throws
   */
  run(sql: string, work: () => Promise<LinkResult>): Promise<LinkResult> {
    return this.#inTurn(async () => {
      if (this.#streaming !== undefined) throw streamIsOpen();
      const isRollback = ROLLBACK.test(sql);
      if (this.#state === 'failed' && !isRollback) throw transactionFailed();
      if (!this.#link.autocommit && this.#state === 'none') this.#state = 'open';
      try {
        const result = await work();
        if (result.isRunning) this.#follow(result);
        if (isRollback) this.#state = this.#link.autocommit ? 'none' : 'open';
        return result;
      } catch (error) {
        this.#fail();
        throw error;
      }
    });
  }

  /**
   * @throws SqlError 25P02 when the transaction has failed: then nothing is committed anywhere
   * @throws CommitError when a shard refuses
   */
  commit(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#streaming !== undefined) throw streamIsOpen();
      if (this.#state === 'failed') throw transactionFailed();
      try {
        await this.#link.commit();
        this.#state = 'none';
      } catch (error) {
        // Where no shard has committed there is something to roll back; else the transaction is over, well or badly.
        const isOver =
          error instanceof CommitError && error.committed.length + error.unknown.length > 0;
        this.#state = isOver || this.#state === 'none' ? 'none' : 'failed';
        throw error;
      }
    });
  }

  rollback(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#streaming?.close();
      this.#streaming = undefined;
      await this.#link.rollback();
      this.#state = 'none';
    });
  }

  /** While rows of a result still come, nothing else can run. */
  #follow(result: LinkResult): void {
    this.#streaming = result;
    result.onOver = (failed) => {
      if (failed) this.#fail();
      if (this.#streaming === result) this.#streaming = undefined;
    };
  }

  #fail(): void {
    if (this.#state === 'open') this.#state = 'failed';
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function transactionFailed(): SqlError {
  return new SqlError({
    message:
      'current transaction is aborted, commands ignored until end of transaction block: call rollback()',
    code: IN_FAILED_TRANSACTION,
    severity: 'ERROR',
  });
}

function streamIsOpen(): ConfigurationError {
  return new ConfigurationError(
    'A streaming cursor of this connection has rows left: read them to the end, or close it first',
  );
}
