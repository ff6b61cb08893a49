/** The command line: commands, options, and what help says of them. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXPLAIN_FORMATS, type ExplainFormat } from './commands/explain.js';
import { QUERY_FORMATS, type QueryFormat } from './commands/query.js';
import { readDuration } from './config/duration.js';
import type { DatabaseFlags } from './config/read-configuration.js';

/** What every command is told of the statement and the database. */
export interface StatementFlags extends DatabaseFlags {
  readonly file?: string;
  readonly mode?: 'one-database' | 'union';
  /** Milliseconds. */
  readonly timeout?: number;
}

/** What runs the commands. `words`: the statement, unless a file has it, and its parameters. */
export interface Commands {
  query(
    words: readonly string[],
    flags: StatementFlags & { readonly format?: QueryFormat },
  ): Promise<void>;
  explain(
    words: readonly string[],
    flags: StatementFlags & { readonly format?: ExplainFormat; readonly analyze?: true },
  ): Promise<void>;
}

const HELP_AFTER = `
Parameters are texts, which the server reads by their types. What begins with a dash and is no number goes after --.

Configuration: the command line goes before the file, the file before the environment.
  millrace.config.json, .ts, .js or .mjs in the working directory has the options of connect:
    { "shards": ["postgres://a/app", "postgres://b/app"], "tables": { "flights": { "key": "origin" } } }
  MILLRACE_SHARDS=url,url  MILLRACE_TABLES=flights=origin,airports=replicated

Exit status: 0 done; 1 the statement or a shard failed; 2 wrong usage or configuration. An interrupt (Ctrl-C) cancels the
statement on every shard and ends by that signal: a shell reports 130, or 143 for SIGTERM.`;

/** The program; it throws `CommanderError` where a process would end. */
export function createProgram(commands: Commands, version: string): Command {
  const program = new Command('millrace')
    .description('One SQL statement over many PostgreSQL shards, in parallel, as one answer.')
    .version(version, '--version')
    .exitOverride()
    .showHelpAfterError('(see --help)');
  const query = program
    .command('query')
    .summary('run a statement and print its rows')
    .description('Runs a statement over all shards and prints its rows.')
    .addOption(
      new Option(
        '--format <format>',
        'table holds the whole answer, the others any number of rows (default: table on a terminal, else csv)',
      ).choices(QUERY_FORMATS),
    );
  withStatement(query).action((words: string[], flags: Parameters<Commands['query']>[1]) =>
    commands.query(words, flags),
  );
  const explain = program
    .command('explain')
    .summary('show how a statement is answered')
    .description(
      'Shows how a statement is answered: what each shard is asked, and what becomes of it.',
    )
    .option('--analyze', 'run it, and show rows, bytes and times')
    .addOption(
      new Option('--format <format>', 'how to print the plan')
        .choices(EXPLAIN_FORMATS)
        .default('text'),
    );
  withStatement(explain).action((words: string[], flags: Parameters<Commands['explain']>[1]) =>
    commands.explain(words, flags),
  );
  return program;
}

function withStatement(command: Command): Command {
  return command
    .usage('[options] <sql> [parameters...]')
    .argument(
      '[sql and parameters...]',
      'the statement, or - to read it from standard input; then values of $1, $2, …',
    )
    .option('--file <path>', 'the statement is in this file; all arguments are parameters')
    .option('--shards <url,url>', 'connection URLs; may be repeated', collect)
    .option(
      '--table <name=key>',
      'a table and its shard key: flights=origin, orders=customer+region, or airports=replicated; may be repeated',
      collect,
    )
    .addOption(
      new Option('--unlisted <what>', 'what tables are that no --table names').choices([
        'refuse',
        'replicated',
      ]),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        "one-database: the answer of one database with all rows (default); union: every shard's rows, as they arrive",
      ).choices(['one-database', 'union']),
    )
    .option('--timeout <time>', 'give up after this time: 500ms, 30s, 2min', duration)
    .option('--config <path>', 'the configuration file')
    .addHelpText('after', HELP_AFTER);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function duration(text: string): number {
  try {
    return readDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : '');
  }
}
