import type { FastCluster } from '../servers/fast-cluster.js';

/** How bytes travel. TLS and gzip are asked for alone, never together. */
export type ExasolWire = 'plain' | 'tls' | 'gzip';

/**
 * Where rows go, or come from. `drop` writes to the null device; `module` and `function` take the bytes piece by piece, the one in the
 * threads, the other on the caller's thread, and count them.
 */
export type ExasolEnd =
  | 'drop'
  | 'module'
  | 'function'
  | 'files'
  | 'batches'
  | 'import-files'
  | 'import-batches';

/** One call. */
export interface ExasolJob {
  readonly end: ExasolEnd;
  readonly tunnels: number;
  readonly wire: ExasolWire;
  /** Whole blocks for each tunnel. */
  readonly rows: number;
  /** Files are written into it, or read from it. */
  readonly folder: string;
  /** `verify`: every value is looked at. */
  readonly purpose: 'verify' | 'timed';
}

/** What one call has moved, as whoever moved it says. */
export interface ExasolMoved {
  /** Undefined where only bytes are counted. */
  readonly rows?: number;
  readonly bytes?: number;
  /** Of all values, where they were looked at. */
  readonly valueSum?: number;
}

/** What a child is told. */
export interface ExasolRunInput {
  readonly cluster: FastCluster;
  readonly job: ExasolJob;
}

/** Two that do the same job, in turns. */
export interface ExasolRace {
  readonly name: string;
  readonly end: ExasolEnd;
  readonly tunnels: number;
  readonly wire: ExasolWire;
  readonly against: 'floor' | 'pyexasol';
  /** Of the floor's time at most, or times faster than pyexasol at least. */
  readonly limit: number;
}

const race = (
  end: ExasolEnd,
  tunnels: number,
  wire: ExasolWire,
  [against, limit]: readonly [ExasolRace['against'], number],
): ExasolRace => ({ name: `${end} ${tunnels} ${wire}`, end, tunnels, wire, against, limit });

/** All of them. */
export const exasolRaces: readonly ExasolRace[] = [
  race('drop', 1, 'plain', ['floor', 1.3]),
  race('drop', 2, 'plain', ['floor', 1.3]),
  race('drop', 4, 'plain', ['floor', 1.3]),
  race('module', 4, 'plain', ['floor', 1.3]),
  race('files', 4, 'plain', ['pyexasol', 1.5]),
  race('files', 4, 'tls', ['pyexasol', 1]),
  race('files', 4, 'gzip', ['pyexasol', 1]),
  race('batches', 1, 'plain', ['pyexasol', 3]),
  race('batches', 4, 'plain', ['pyexasol', 3]),
  race('import-files', 4, 'plain', ['pyexasol', 1.5]),
  race('import-files', 4, 'tls', ['pyexasol', 1]),
  race('import-files', 4, 'gzip', ['pyexasol', 1]),
  race('import-batches', 1, 'plain', ['pyexasol', 3]),
  race('import-batches', 4, 'plain', ['pyexasol', 3]),
];

/** The ends whose memory is measured at two volumes. */
export const memoryEnds: readonly ExasolEnd[] = [
  'drop',
  'module',
  'function',
  'files',
  'batches',
  'import-files',
  'import-batches',
];
