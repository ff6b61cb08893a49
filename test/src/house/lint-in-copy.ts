import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkoutRoot } from './checkout.js';

/** What lint says about one file. */
export interface Finding {
  readonly rule: string;
  readonly message: string;
}

/**
 * Lints files under the project's own biome.json in an otherwise empty folder outside the checkout,
 * so that a rule is tried on exactly the code that shall break it.
 * @param files text by path relative to the root
 * @returns errors by path; a file without any is not in the map
 */
export function lintInCopy(files: ReadonlyMap<string, string>): Map<string, Finding[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-lint-')));
  try {
    cpSync(join(checkoutRoot, 'biome.json'), join(root, 'biome.json'));
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return runBiome(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Report {
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly category: string;
    readonly message: string;
    readonly location: { readonly path: string };
  }[];
}

function runBiome(root: string): Map<string, Finding[]> {
  const biome = join(checkoutRoot, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (!run.stdout.startsWith('{')) {
    throw new Error(`biome gave no report: ${run.stderr}`);
  }
  const report = JSON.parse(run.stdout) as Report;
  const findings = new Map<string, Finding[]>();
  for (const { severity, category, message, location } of report.diagnostics) {
    if (severity === 'error') {
      const path = location.path.replaceAll('\\', '/');
      const finding = { rule: category.split('/').at(-1) ?? category, message };
      findings.set(path, [...(findings.get(path) ?? []), finding]);
    }
  }
  return findings;
}
