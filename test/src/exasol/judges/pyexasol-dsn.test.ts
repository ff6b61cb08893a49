import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ExasolOptionError, parseDsn } from '@millrace/exasol';
import { describe, expect, it } from 'vitest';
import { type Seed, testSeed } from '../../support/seed.js';
import { whyNoPyexasol } from './python-client.js';

interface Request {
  readonly dsn: string;
  readonly encryption: boolean;
}

type Host = readonly [name: string, port: number, fingerprint: string | null];
type Answer = { readonly hosts?: readonly Host[]; readonly error?: string };

const python = '/usr/bin/python3';
const script = fileURLToPath(
  new URL('../../../src/exasol/judges/pyexasol-dsn.py', import.meta.url),
);
const seed = testSeed();
const KEY = 'a1B2'.repeat(16);

const LIST: readonly string[] = [
  'localhost',
  'localhost:',
  'myexa1..4:8563',
  'myexa1..4.lan:8563',
  'h01..16.lan',
  'h09..11,h1..2:7',
  '10.10.127.1..11:8564',
  `127.0.0.10..19/${KEY},127.0.0.20,localhost/${KEY.toLowerCase()}:8564`,
  'a/nocertcheck,b,c/NoCertCheck:1',
  'a,b:1,c,d:2,e',
  ',a,,b:9,',
  'exa4..1',
  'exa{1..3}',
  '1..3',
  'a..b',
  'a1...3',
  'x1..2y3..4',
  'a:b',
  'a:1:2',
  `a:8563/${KEY}`,
  'a/',
  'a/xyz',
  '::1',
  '',
  ' ',
  ',',
];

const pick = <T>(items: readonly T[], { below }: Seed): T => items[below(items.length)] as T;

function randomPart(from: Seed): string {
  const name = pick(['exa', 'db-1.example.com', '10.0.0.', 'h0', 'n_7', 'x.y', 'ü'], from);
  const first = from.below(30);
  const digits = String(first).padStart(from.below(4), '0');
  const range = pick(['', '', `${digits}..${first + from.below(5) - 1}`], from);
  const suffix = range === '' ? '' : pick(['', '.lan', '-b'], from);
  const fingerprint = pick(['', '', '', `/${KEY}`, '/nocertcheck', '/AB'], from);
  const port = pick(['', '', ':8563', `:${from.below(70_000)}`, ':'], from);
  return name + range + suffix + fingerprint + port;
}

/** A connection string as its grammar has it; one of four is then damaged in one place. */
function randomDsn(from: Seed): string {
  const parts = Array.from({ length: 1 + from.below(4) }, () => randomPart(from));
  const dsn = parts.join(pick([',', ',', ', '], from));
  if (from.below(4) > 0) return dsn;
  const at = from.below(dsn.length + 1);
  const cut = from.below(2);
  return dsn.slice(0, at) + pick(['', '.', '/', ':', ',', '{', '0'], from) + dsn.slice(at + cut);
}

function ourAnswer({ dsn, encryption }: Request): Answer {
  try {
    const hosts = parseDsn(dsn, encryption);
    return { hosts: hosts.map(({ host, port, fingerprint = null }) => [host, port, fingerprint]) };
  } catch (error) {
    if (error instanceof ExasolOptionError) return { error: error.message };
    throw error;
  }
}

/** What we refuse and pyexasol does not, on purpose: it would fail later, and say less. */
const STRICTER: readonly RegExp[] = [
  /is no fingerprint/,
  /is no port/,
  /is no name of a host/,
  /names no host/,
  /it must look like/,
];

/** As a set: pyexasol's order is backwards, and then shuffled. Blanks around parts are none of a name. */
const sorted = (hosts: readonly Host[] | undefined): readonly string[] | undefined =>
  hosts?.map(([name, port, fingerprint]) => `${name.trim()} ${port} ${fingerprint}`).sort();

describe('connection strings', () => {
  it(`are read as the real pyexasol reads them (seed ${seed.seed})`, (context) => {
    const why = whyNoPyexasol();
    if (why !== undefined) {
      console.log(`skipped: ${why}`);
      context.skip(why);
    }
    // pyexasol writes a range of millions out, host by host.
    const random = Array.from({ length: 2_000 }, () => randomDsn(seed)).filter(
      (dsn) => !/\.\.\d{4}/.test(dsn),
    );
    const requests = [...LIST, ...random].flatMap((dsn): Request[] => [
      { dsn, encryption: true },
      { dsn, encryption: false },
    ]);
    const run = spawnSync(python, [script, process.env.MILLRACE_PYEXASOL as string], {
      input: JSON.stringify(requests),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(run.stderr).toBe('');
    const { version, answers } = JSON.parse(run.stdout) as { version: string; answers: Answer[] };
    let equal = 0;
    let stricter = 0;
    for (const [i, request] of requests.entries()) {
      const theirs = answers[i] as Answer;
      const ours = ourAnswer(request);
      const where = JSON.stringify({ request, theirs, ours });
      if (ours.hosts === undefined && theirs.hosts !== undefined) {
        expect(
          STRICTER.some((rule) => rule.test(ours.error ?? '')),
          where,
        ).toBe(true);
        stricter += 1;
      } else {
        expect(sorted(ours.hosts), where).toEqual(sorted(theirs.hosts));
        equal += 1;
      }
    }
    expect(equal).toBeGreaterThan(1_500);
    console.log(
      `pyexasol ${version}: ${equal} equal, ${stricter} refused by us alone (seed ${seed.seed})`,
    );
  });
});
