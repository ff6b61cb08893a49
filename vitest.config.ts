import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['scripts/checks/thread-bundle-check.mjs'],
    include: [
      'packages/*/src/**/*.test.ts',
      'test/src/**/*.test.ts',
      'bench/src/**/*.test.ts',
      'examples/*/src/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    passWithNoTests: false,
    // Tests start databases and threads of their own: a process each, and few at a time.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Our own packages are loaded by Node from their built files, as a user's are: threads then run the same code.
    server: { deps: { external: [/\/dist\//] } },
    // Nothing is kept between runs: a checkout may be read-only, and order shall not depend on yesterday.
    cache: false,
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], exclude: ['**/*.test.ts'] },
  },
});
