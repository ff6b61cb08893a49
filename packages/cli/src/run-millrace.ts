import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '@millrace/engine';
import { CommanderError } from 'commander';
import type { CommandContext } from './commands/command-context.js';
import { runExplain } from './commands/explain.js';
import { runQuery } from './commands/query.js';
import { readStatement } from './commands/statement.js';
import { readConfiguration } from './config/read-configuration.js';
import { createProgram, type StatementFlags } from './program.js';
import { errorText } from './render/error-text.js';
import { isFancy, type Surroundings } from './surroundings.js';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * Runs the command to its end and returns the exit status: 0 done, 1 the statement or a shard failed, or was cancelled, 2
 * wrong usage or configuration. What went wrong is said on standard error.
 *
 * @param args without the program's name
 */
export async function runMillrace(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { stderr, stdout } = surroundings;
  // Nobody is left to read what is said: no reason to fail.
  stderr.on('error', () => undefined);
  let sql: string | undefined;
  const contextOf = async (
    words: readonly string[],
    flags: StatementFlags,
  ): Promise<CommandContext> => {
    const context = await readContext(words, flags, surroundings);
    sql = context.statement.sql;
    return context;
  };
  const program = createProgram(
    {
      query: async (words, flags) => {
        const format = flags.format ?? (stdout.isTTY === true ? 'table' : 'csv');
        await runQuery(await contextOf(words, flags), format);
      },
      explain: async (words, flags) => {
        const { analyze = false, format = 'text' } = flags;
        await runExplain(await contextOf(words, flags), { analyze, format });
      },
    },
    await readVersion(),
  );
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return DONE;
  } catch (error) {
    // What it has to say, commander has said.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    stderr.write(`${errorText(error, { sql, fancy: isFancy(stderr, surroundings) })}\n`);
    return error instanceof ConfigurationError ? WRONG_USAGE : FAILED;
  }
}

async function readContext(
  words: readonly string[],
  flags: StatementFlags,
  surroundings: Surroundings,
): Promise<CommandContext> {
  const { mode, timeout } = flags;
  const database = await readConfiguration(flags, surroundings);
  const statement = await readStatement(words, flags.file, surroundings);
  const call = { ...(mode && { mode }), ...(timeout !== undefined && { timeoutMs: timeout }) };
  return { statement, database, call, surroundings };
}

async function readVersion(): Promise<string> {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
