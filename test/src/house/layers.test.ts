import { beforeAll, describe, expect, it } from 'vitest';
import { type Finding, lintInCopy } from './lint-in-copy.js';

/** [folder, module that may not be imported there, what the error must say]. */
const FORBIDDEN: readonly (readonly [folder: string, module: string, message: string])[] = [
  ['packages/batch/src', '@millrace/operators', 'batch imports nothing'],
  ['packages/batch/src', 'node:buffer', 'batch imports nothing'],
  ['packages/batch/src', 'apache-arrow', 'batch imports nothing'],
  ['packages/operators/src', '@millrace/postgres', 'operators may import only batch'],
  ['packages/operators/src/aggregate', '@millrace/worker', 'operators may import only batch'],
  ['packages/operators/src', 'node:fs', 'operators do no I/O'],
  ['packages/operators/src', 'node:fs/promises', 'operators do no I/O'],
  ['packages/operators/src', 'pg', 'belongs to packages/postgres'],
  ['packages/postgres/src', '@millrace/operators', 'postgres may import only batch'],
  ['packages/postgres/src/types', '@millrace/engine', 'postgres may import only batch'],
  ['packages/postgres/src', 'piscina', 'worker and engine'],
  ['packages/exasol/src', '@millrace/postgres', 'exasol may import only batch'],
  ['packages/exasol/src', 'pg', 'belongs to packages/postgres'],
  ['packages/worker/src', '@millrace/engine', 'worker may import only'],
  ['packages/worker/src/exchange', '@millrace/embedded', 'worker may import only'],
  ['packages/worker/src', 'pg', 'belongs to packages/postgres'],
  ['packages/worker/src', 'pg-protocol', 'belongs to packages/postgres'],
  ['packages/worker/src', 'apache-arrow', 'engine/src/result'],
  ['packages/engine/src', '@millrace/cli', 'engine may import only'],
  ['packages/engine/src', '@millrace/embedded', 'engine may import only'],
  ['packages/engine/src', 'pg', 'belongs to packages/postgres'],
  ['packages/engine/src', 'apache-arrow', 'engine/src/result'],
  ['packages/engine/src/faces', 'pg', 'belongs to packages/postgres'],
  ['packages/engine/src/sql', '@millrace/batch', 'sql is a leaf'],
  ['packages/engine/src/sql', '../topology/shards.js', 'sql is a leaf'],
  ['packages/engine/src/sql', '../database.js', 'sql is a leaf'],
  ['packages/engine/src/topology', '../sql/parse.js', 'topology is a leaf'],
  ['packages/engine/src/topology', '../plan/binder.js', 'topology is a leaf'],
  ['packages/engine/src/topology', '@millrace/worker', 'topology is a leaf'],
  ['packages/engine/src/topology', 'node:net', 'opens nothing itself'],
  ['packages/engine/src/plan', '../dispatch/slots.js', 'plan may import only'],
  ['packages/engine/src/plan', '../result/rows.js', 'plan may import only'],
  ['packages/engine/src/plan', '../database.js', 'plan may import only'],
  ['packages/engine/src/plan/rules', '../../dispatch/slots.js', 'plan may import only'],
  ['packages/engine/src/plan/rules', '@millrace/worker', 'plan may import only'],
  ['packages/engine/src/plan', 'node:crypto', 'plan is pure'],
  ['packages/engine/src/plan', 'piscina', 'worker and engine'],
  ['packages/engine/src/dispatch', '../plan/binder.js', 'dispatch may import only'],
  ['packages/engine/src/dispatch', '../sql/parse.js', 'dispatch may import only'],
  ['packages/engine/src/dispatch', '../result/rows.js', 'dispatch may import only'],
  ['packages/engine/src/dispatch', '@millrace/operators', 'dispatch may import only'],
  ['packages/engine/src/exasol', '../plan/distributed-plan.js', 'exasol may import only'],
  ['packages/engine/src/exasol', '../dispatch/dispatcher.js', 'exasol may import only'],
  ['packages/engine/src/exasol', '../database.js', 'exasol may import only'],
  ['packages/engine/src/exasol', '@millrace/postgres', 'exasol may import only'],
  ['packages/engine/src/result', '../plan/distributed-plan.js', 'result may import only'],
  ['packages/engine/src/result', '../topology/shards.js', 'result may import only'],
  ['packages/engine/src/result', '@millrace/worker', 'result may import only'],
  ['packages/engine/src/result', 'comlink', 'worker and engine'],
  ['packages/embedded/src', '@millrace/batch', 'embedded imports none'],
  ['packages/cli/src', '@millrace/worker', 'cli may import only'],
  ['packages/cli/src/commands', '@millrace/postgres', 'cli may import only'],
  ['packages/cli/src', 'comlink', 'worker and engine'],
  // The rule of all folders survives in each of the overrides above, and where there is none.
  ...[
    'packages/batch/src',
    'packages/operators/src',
    'packages/postgres/src',
    'packages/exasol/src',
    'packages/worker/src',
    'packages/engine/src',
    'packages/engine/src/sql',
    'packages/engine/src/topology',
    'packages/engine/src/plan',
    'packages/engine/src/dispatch',
    'packages/engine/src/exasol',
    'packages/engine/src/result',
    'packages/embedded/src',
    'packages/cli/src',
    'bench/src',
    'test/src',
    'examples/exasol/src',
    'examples/flights/src',
    'examples/sqlite/src',
  ].flatMap((folder): [string, string, string][] => [
    [folder, '@millrace/batch/dist/vector.js', 'no deep import'],
    [folder, '../../../postgres/src/row-decoder.js', 'no path across a root'],
  ]),
];

/** [folder, modules it may import]. */
const ALLOWED: readonly (readonly [folder: string, ...modules: string[]])[] = [
  ['packages/batch/src', './vector.js', '../validity.js'],
  ['packages/operators/src', '@millrace/batch', './numeric/decimal.js'],
  ['packages/postgres/src', '@millrace/batch', 'pg', 'pg-protocol', 'node:net'],
  ['packages/exasol/src', '@millrace/batch', 'ws', 'node:tls'],
  ['packages/worker/src', '@millrace/batch', '@millrace/operators', '@millrace/postgres'],
  [
    'packages/worker/src/exchange',
    '@millrace/exasol',
    'piscina',
    'comlink/dist/esm/node-adapter.mjs',
  ],
  ['packages/engine/src', '@millrace/worker', './plan/binder.js', './dispatch/slots.js', 'comlink'],
  ['packages/engine/src/sql', './parse.js', '../errors.js', 'libpg-query'],
  [
    'packages/engine/src/topology',
    './shards.js',
    '@millrace/batch',
    '@millrace/postgres',
    '../errors.js',
  ],
  ['packages/engine/src/plan', '../sql/parse.js', '../topology/shards.js', '@millrace/operators'],
  ['packages/engine/src/plan/rules', '../binder.js', '../../sql/walk.js', '@millrace/batch'],
  [
    'packages/engine/src/exasol',
    '../dispatch/slot.js',
    '../call-scope.js',
    '@millrace/exasol',
    '@millrace/worker',
  ],
  [
    'packages/engine/src/dispatch',
    '../plan/distributed-plan.js',
    '../topology/shards.js',
    '@millrace/worker',
    'piscina',
  ],
  [
    'packages/engine/src/result',
    '@millrace/batch',
    '@millrace/postgres',
    'apache-arrow',
    './rows.js',
  ],
  ['packages/engine/src/faces', '../database.js', '../plan/explain.js', '@millrace/exasol'],
  ['packages/embedded/src', 'node:child_process'],
  ['packages/cli/src', '@millrace/engine', '@millrace/batch', '@millrace/embedded', 'commander'],
  ['bench/src', 'pg', 'piscina', 'apache-arrow', '@millrace/worker'],
  ['test/src', 'pg', '@millrace/engine', '../support/cluster.js'],
  ['examples/exasol/src', '@millrace/engine', '@millrace/exasol'],
  ['examples/flights/src', 'pg', '@millrace/engine', '@millrace/test'],
  ['examples/sqlite/src', 'sql.js', '@millrace/engine'],
];

const PACKAGES = [
  'batch',
  'operators',
  'postgres',
  'exasol',
  'worker',
  'engine',
  'embedded',
  'cli',
];

const longFunction = (lines: number): string =>
  `export function long(a: number): number {\n${'  a += 1;\n'.repeat(lines - 1)}  return a;\n}\n`;

/** [file, text, rule that it breaks]. */
const OTHER_RULES: readonly (readonly [file: string, text: string, rule: string])[] = [
  ['packages/engine/src/long-function.ts', longFunction(71), 'noExcessiveLinesPerFunction'],
  ['packages/engine/src/star.ts', "export * from './errors.js';\n", 'noReExportAll'],
  ['packages/engine/src/star-as.ts', "export * as errors from './errors.js';\n", 'noReExportAll'],
  ['packages/engine/src/CamelCase.ts', 'export const a = 1;\n', 'useFilenamingConvention'],
  ['packages/engine/src/snake_case.ts', 'export const a = 1;\n', 'useFilenamingConvention'],
  ['packages/engine/src/any.ts', 'export const a = (1 as any) as string;\n', 'noExplicitAny'],
  ['packages/engine/src/ignore.ts', "// @ts-ignore\nexport const a: number = '';\n", 'noTsIgnore'],
  ['packages/engine/src/print.ts', "console.log('x');\n", 'noConsole'],
  ['packages/engine/src/default.ts', 'export default 1;\n', 'noDefaultExport'],
  ['packages/engine/src/colors.ts', 'export enum Color {\n  Red = 1,\n}\n', 'noEnum'],
  ['packages/engine/src/empty-catch.ts', 'try {\n  a();\n} catch {}\n', 'noEmptyBlockStatements'],
  ['packages/engine/src/undeclared.ts', "import 'ws';\n", 'noUndeclaredDependencies'],
  ['packages/engine/src/long-file.ts', 'export {};\n'.repeat(401), 'noExcessiveLinesPerFile'],
  ['packages/engine/src/only.test.ts', "it.only('x', () => {});\n", 'noFocusedTests'],
  ['packages/engine/src/skip.test.ts', "it.skip('x', () => {});\n", 'noSkippedTests'],
  [
    'packages/engine/src/ring-a.ts',
    "import { b } from './ring-b.js';\nexport const a = (): number => b();\n",
    'noImportCycles',
  ],
  [
    'packages/engine/src/ring-b.ts',
    "import { a } from './ring-a.js';\nexport const b = (): number => a();\n",
    'noImportCycles',
  ],
  [
    'packages/engine/src/type-ring-a.ts',
    "import type { B } from './type-ring-b.js';\nexport type A = B[];\n",
    'noImportCycles',
  ],
  [
    'packages/engine/src/type-ring-b.ts',
    "import type { A } from './type-ring-a.js';\nexport type B = { a: A };\n",
    'noImportCycles',
  ],
];

/** [file, text] that no rule may refuse. */
const INNOCENT: readonly (readonly [file: string, text: string])[] = [
  ['packages/engine/src/function-of-seventy.ts', longFunction(70)],
  ['packages/engine/src/x.test.ts', longFunction(71)],
  ['packages/engine/src/kernel.ts', 'export const first = (a: Float64Array): number => a[0]!;\n'],
  ['packages/cli/src/print.ts', "console.log('x');\n"],
  ['tool.config.ts', 'export default {};\n'],
  [
    'packages/worker/src/foreign.d.ts',
    "declare module 'foreign' {\n  export default function f(): void;\n}\n",
  ],
];

const forms = (module: string): [name: string, text: string][] => [
  ['value', `import { x } from '${module}';\nexport const y = x;\n`],
  ['type', `import type { X } from '${module}';\nexport type Y = X;\n`],
  ['re-export', `export { x } from '${module}';\n`],
  ['dynamic', `export const y = import('${module}');\n`],
];

describe('layers, as lint sees them', () => {
  const files = new Map<string, string>();
  const restricted = (path: string): string[] =>
    (findings.get(path) ?? [])
      .filter(({ rule }) => rule === 'noRestrictedImports')
      .map(({ message }) => message);
  let findings: Map<string, Finding[]>;

  beforeAll(() => {
    for (const name of PACKAGES) {
      files.set(`packages/${name}/package.json`, `{ "name": "@millrace/${name}" }\n`);
    }
    for (const [index, [folder, module]] of FORBIDDEN.entries()) {
      for (const [form, text] of forms(module)) {
        files.set(`${folder}/forbidden-${index}-${form}.ts`, text);
      }
    }
    for (const [index, [folder, ...modules]] of ALLOWED.entries()) {
      for (const [form] of forms('')) {
        const texts = modules.map(
          (module) => forms(module).find(([name]) => name === form)?.[1] ?? '',
        );
        files.set(`${folder}/allowed-${index}-${form}.ts`, texts.join(''));
      }
    }
    for (const [file, text] of [...OTHER_RULES, ...INNOCENT]) {
      files.set(file, text);
    }
    findings = lintInCopy(files);
  });

  it.each(FORBIDDEN)('%s may not import %s', (folder, module, message) => {
    const index = FORBIDDEN.findIndex((row) => row[0] === folder && row[1] === module);
    for (const [form] of forms(module)) {
      const messages = restricted(`${folder}/forbidden-${index}-${form}.ts`);
      expect(messages, `as ${form}`).toEqual([expect.stringContaining(message)]);
    }
  });

  it.each(ALLOWED)('%s may import %s', (folder, ...modules) => {
    const index = ALLOWED.findIndex((row) => row[0] === folder);
    for (const [form] of forms('')) {
      expect(restricted(`${folder}/allowed-${index}-${form}.ts`), `${form} of ${modules}`).toEqual(
        [],
      );
    }
  });

  it.each(OTHER_RULES)('%s is refused', (file, _text, rule) => {
    expect(findings.get(file)?.map((finding) => finding.rule)).toContain(rule);
  });

  it.each(INNOCENT)('%s is accepted', (file) => {
    expect(findings.get(file) ?? []).toEqual([]);
  });
});
