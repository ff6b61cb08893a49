/** What a caller gives for N streams, one for each: paths by a pattern, lists. */
import { ExasolOptionError } from '@millrace/exasol';

const PLACE = /%(0\d)?d/;

/**
 * One path for each stream: a path alone for one; for several, a pattern with `%d` (`%03d`) in the place of the stream's number.
 *
 * @throws ExasolOptionError
 */
export function pathsOf(path: string, workers: number, option: string): readonly string[] {
  const found = PLACE.exec(path);
  if (found === null) {
    if (workers === 1) return [path];
    throw new ExasolOptionError(
      option,
      `${workers} streams need a file each: a list of paths, or a pattern such as 'part-%d.csv'`,
    );
  }
  const width = Number(found[1] ?? 0);
  return Array.from({ length: workers }, (_, i) =>
    path.replace(PLACE, String(i).padStart(width, '0')),
  );
}

/** @throws ExasolOptionError for a list of another length than there are streams */
export function checkLength(list: readonly unknown[], workers: number, option: string): void {
  if (list.length !== workers) {
    throw new ExasolOptionError(
      option,
      `a list has one entry for each of the ${workers} streams, not ${list.length}`,
    );
  }
}
