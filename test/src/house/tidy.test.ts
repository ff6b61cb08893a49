import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutRoot, listFiles, readText } from './checkout.js';

const MAX_LINES = 400;

/** Which of our packages a package may depend on (ARCHITECTURE.md). Tests may start `embedded` shards everywhere. */
const MAY_DEPEND_ON: Readonly<Record<string, readonly string[]>> = {
  batch: [],
  operators: ['batch'],
  postgres: ['batch'],
  exasol: ['batch'],
  worker: ['batch', 'operators', 'postgres', 'exasol'],
  engine: ['batch', 'operators', 'worker', 'postgres', 'exasol'],
  embedded: [],
  cli: ['engine', 'batch', 'embedded'],
};

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const files = listFiles();
const sources = files.filter((path) => /\.(ts|mts|mjs|js)$/.test(path));
const manifests = files.filter((path) => path.endsWith('package.json'));
const packages = manifests.flatMap(
  (path) => /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1] ?? [],
);
const readManifest = (path: string): Manifest => JSON.parse(readText(path)) as Manifest;

describe('the tree', () => {
  it(`has no source file over ${MAX_LINES} lines`, () => {
    const long = sources.filter((path) => readText(path).trimEnd().split('\n').length > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('has no drawer folders', () => {
    const drawers = files.filter((path) => /(^|\/)(utils?|common|helpers?|core|misc)\//.test(path));
    expect(drawers).toEqual([]);
  });

  it('has no tests that are skipped, focused or promised', () => {
    const marked = sources
      .filter((path) => path.endsWith('.test.ts') && !path.startsWith('test/src/house/'))
      .filter((path) =>
        /\b(it|test|describe|suite)(\.\w+)*\.(skip|only|todo)\b/.test(readText(path)),
      );
    expect(marked).toEqual([]);
  });

  it('switches no checker off for a whole file', () => {
    const off = sources.filter((path) =>
      /^\s*\/[/*].*(@ts-nocheck|biome-ignore-all)/m.test(readText(path)),
    );
    expect(off).toEqual([]);
  });

  it('has no import() types, which the layer rules do not see', () => {
    const hidden = sources
      .filter(
        (path) =>
          path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.startsWith('test/src/house/'),
      )
      .filter((path) =>
        /typeof import\(|(?<!await )import\('[^']+'\)\.(?!then\b|catch\b)/.test(readText(path)),
      );
    expect(hidden).toEqual([]);
  });
});

describe.each(packages)('packages/%s', (name) => {
  it('exports a written list', () => {
    const manifest = readManifest(`packages/${name}/package.json`);
    expect(manifest.name).toBe(`@millrace/${name}`);
    expect(Object.keys(manifest.exports ?? {})).toContain('.');
    const index = readText(`packages/${name}/src/index.ts`);
    expect(index).toMatch(/^export (type )?\{/m);
    expect(index).not.toMatch(/^export \*/m);
  });

  it('depends only on the layers below it', () => {
    const manifest = readManifest(`packages/${name}/package.json`);
    const ours = (dependencies: Manifest['dependencies']): string[] =>
      Object.keys(dependencies ?? {}).flatMap((key) => /^@millrace\/(.+)$/.exec(key)?.[1] ?? []);
    const allowed = MAY_DEPEND_ON[name];
    expect(allowed, 'a new package needs a line in MAY_DEPEND_ON and in biome.json').toBeDefined();
    expect(allowed).toEqual(expect.arrayContaining(ours(manifest.dependencies)));
    const forTests = name === 'embedded' ? [] : ['embedded'];
    expect([...(allowed ?? []), ...forTests]).toEqual(
      expect.arrayContaining(ours(manifest.devDependencies)),
    );
  });

  it('has a layer rule', () => {
    expect(readText('biome.json')).toContain(`"packages/${name}/src/**"`);
  });

  it('is built by the root project', () => {
    expect(readText('tsconfig.json')).toContain(`"packages/${name}"`);
  });
});

describe('dependencies', () => {
  it.each(manifests)('%s pins every version exactly', (path) => {
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } =
      readManifest(path);
    const versions = Object.entries({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
      ...peerDependencies,
    });
    const loose = versions.filter(
      ([, version]) => version !== 'workspace:*' && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('come from no particular registry', () => {
    const lines = readText('pnpm-lock.yaml').split('\n');
    expect(lines.filter((line) => /:\/\/|\btarball:|\bgit\+|\bfile:/.test(line))).toEqual([]);
  });
});

describe('documents', () => {
  const documents = files.filter((path) => path.endsWith('.md'));

  it.each(documents)('%s links only to files that exist', (path) => {
    const prose = readText(path).replaceAll(/^```.*?^```/gms, '');
    const targets = [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map(
      (match) => match[1] ?? '',
    );
    const local = targets.filter((target) => !/^([a-z]+:|#)/i.test(target));
    const missing = local.filter((target) => {
      const file = normalize(
        join(checkoutRoot, dirname(path), decodeURIComponent(target.replace(/#.*$/, ''))),
      );
      return !existsSync(file);
    });
    expect(missing).toEqual([]);
  });
});
