import { ExasolOptionError } from '../errors.js';

/** The first release whose EXPORT and IMPORT know the words PUBLIC KEY and IGNORE CERTIFICATE. */
const CERTIFICATE_WORDS_SINCE: readonly number[] = [8, 32, 0];

/**
 * Whether a release of the database knows `PUBLIC KEY`: 8.32.0 and later, compared number by number (8.9.0 is older, 2025.1.3 newer).
 * What is before a final release, such as 8.32.0-rc1, is older than it. undefined, where the release is not known, does not.
 * @throws ExasolOptionError if the text is no version
 */
export function knowsCertificateWords(releaseVersion: string | undefined): boolean {
  if (releaseVersion === undefined) {
    return false;
  }
  const found =
    /^v?(\d+(?:\.\d+)*)(?:[.\-_]?(a|b|rc|alpha|beta|c|pre|preview|dev)[.\-_]?\d*)?(?:[+-].*)?$/i.exec(
      String(releaseVersion).trim(),
    );
  if (found === null) {
    throw new ExasolOptionError(
      'releaseVersion',
      `'${releaseVersion}' is no version of a database, such as '8.32.0' or '2025.1.11'`,
    );
  }
  const numbers = (found[1] as string).split('.').map(Number);
  for (let i = 0; i < Math.max(numbers.length, CERTIFICATE_WORDS_SINCE.length); i++) {
    const difference = (numbers[i] ?? 0) - (CERTIFICATE_WORDS_SINCE[i] ?? 0);
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return found[2] === undefined;
}
