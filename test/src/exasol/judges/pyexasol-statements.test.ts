import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExasolOptionError, exportStatement, importStatement } from '@millrace/exasol';
import { describe, expect, it } from 'vitest';
import { testSeed } from '../../support/seed.js';
import { ourRequest, randomStatement, type StatementRequest } from './random-statements.js';

type Answer = { readonly sql?: string; readonly error?: string };

const source = process.env.MILLRACE_PYEXASOL;
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('./pyexasol-statements.py', import.meta.url));
const seed = testSeed();
const requests: readonly StatementRequest[] = Array.from({ length: 1000 }, () =>
  randomStatement(seed),
);

function ourAnswer(request: StatementRequest): Answer {
  try {
    const write = request.statement === 'export' ? exportStatement : importStatement;
    return { sql: write(ourRequest(request)) };
  } catch (error) {
    if (error instanceof ExasolOptionError) {
      return { error: error.message };
    }
    throw error;
  }
}

/** What we refuse and pyexasol does not, on purpose: it would be SQL that the database refuses, or takes for something else. */
const STRICTER: readonly RegExp[] = [
  // Python takes True for 1.
  /^withColumnNames: must be true or false, not 1$/,
  // Columns of a file count from 1; these and empty texts are no columns.
  /^csvColumns\[\d\]/,
  // Each file needs a tunnel of its own.
  /is listed twice/,
];

/** pyexasol refuses a name with a dot in it and asks for its parts; we take it apart. */
const takenApart = (request: StatementRequest, theirs: Answer): boolean =>
  theirs.error?.includes('Please use tuple to pass schema names') === true &&
  typeof request.name === 'string';

describe('statements', () => {
  it(`are those of the real pyexasol, text for text (seed ${seed.seed})`, (context) => {
    if (source === undefined || !existsSync(source) || !existsSync(python)) {
      const why = `needs ${python}, and pyexasol's source in the folder that MILLRACE_PYEXASOL names (${source ?? 'not set'})`;
      console.log(`skipped: ${why}`);
      context.skip(why);
    }
    const run = spawnSync(python, [script, source as string], {
      input: JSON.stringify(requests),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(run.stderr).toBe('');
    const { version, answers } = JSON.parse(run.stdout) as { version: string; answers: Answer[] };
    let written = 0;
    let refused = 0;
    for (const [i, request] of requests.entries()) {
      const theirs = answers[i] as Answer;
      const ours = ourAnswer(request);
      const where = JSON.stringify({ request, theirs, ours });
      if (theirs.sql === undefined) {
        expect(ours.sql === undefined || takenApart(request, theirs), where).toBe(true);
        refused++;
      } else if (ours.sql === undefined) {
        expect(
          STRICTER.some((rule) => rule.test(ours.error ?? '')),
          where,
        ).toBe(true);
      } else {
        expect(ours.sql, where).toBe(theirs.sql);
        written++;
      }
    }
    expect(written).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(100);
    console.log(
      `pyexasol ${version}: ${written} equal, ${refused} refused by pyexasol (seed ${seed.seed})`,
    );
  });
});
