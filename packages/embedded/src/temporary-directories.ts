import { tmpdir } from 'node:os';

/** Where temporary files may go: the user's choice (TMPDIR), and /tmp where that cannot be used. */
export function temporaryDirectories(): string[] {
  return process.platform === 'win32' ? [tmpdir()] : [...new Set([tmpdir(), '/tmp'])];
}
