import { describe, expect, it } from 'vitest';
import { ExasolOptionError } from '../errors.js';
import { knowsCertificateWords } from './release-version.js';

describe('knowsCertificateWords', () => {
  it.each([
    ['7.1.30', false],
    ['8.9.0', false],
    ['8.31.99', false],
    ['8.32.0', true],
    ['8.32', true],
    ['8.32.0-rc1', false],
    ['8.32.1.dev3', true],
    ['8.100.0', true],
    ['10.0.0', true],
    ['2025.1.11', true],
    [undefined, false],
  ])('%s: %s', (version, known) => {
    expect(knowsCertificateWords(version)).toBe(known);
  });

  it.each(['', 'new', '8.', '8.32.0 or so'])('refuses %j', (version) => {
    expect(() => knowsCertificateWords(version)).toThrow(ExasolOptionError);
  });
});
