/** Who takes part in the gather case: one row a contender, the order is the order of every table and chart. */
export interface GatherContender {
  readonly name: string;
  readonly kind: 'floor' | 'ours' | 'peer';
  /** What it does, in a few words, for tables and the chart. */
  readonly label: string;
  /** The module that exports it as `contender`. */
  readonly module: URL;
  /** Whether it decodes values, so that its checksum can be compared. */
  readonly decodes: boolean;
}

/** All contenders. */
export const gatherContenders: readonly GatherContender[] = [
  floor('floor-copy', 'COPY binary, discarded', '../peers/floor-copy.js'),
  floor('floor-wire', 'our query, discarded', '../peers/floor-wire.js'),
  floor('floor-wire-threads', 'the same, on threads', '../peers/floor-wire-threads.js'),
  ours('stream', 'millrace, columns', '../ours/stream.js'),
  ours('arrow', 'millrace, Arrow table', '../ours/arrow.js'),
  ours('rows', 'millrace, row objects', '../ours/rows.js'),
  peer('pg', 'pg, row objects', '../peers/pg-rows.js'),
  peer('postgres', 'postgres, row objects', '../peers/postgres-rows.js'),
];

/** The floors that the strict bar takes the faster of. */
export const strictFloors: readonly string[] = ['floor-wire', 'floor-wire-threads'];

function floor(name: string, label: string, module: string): GatherContender {
  return { name, kind: 'floor', label, module: new URL(module, import.meta.url), decodes: false };
}

function ours(name: string, label: string, module: string): GatherContender {
  return { name, kind: 'ours', label, module: new URL(module, import.meta.url), decodes: true };
}

function peer(name: string, label: string, module: string): GatherContender {
  return { name, kind: 'peer', label, module: new URL(module, import.meta.url), decodes: true };
}
