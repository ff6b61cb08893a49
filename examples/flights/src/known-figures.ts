/**
 * What is known of the data from the file itself, without a database: the demo's answers must agree with it.
 * Counted over flights-3m.parquet and airports.csv of vega-datasets 3.2.1.
 */
/** Totals over a set of flights. */
export interface Figures {
  readonly flights: number;
  readonly origins: number;
  /** Miles. */
  readonly distance: number;
  /** Minutes; early arrivals count negative. */
  readonly delay: number;
  /** Flights more than 30 minutes late. */
  readonly late: number;
}

/** All eleven row groups of the file. */
export const ALL_FIGURES: Figures = {
  flights: 3_000_000,
  origins: 229,
  distance: 2_194_861_208,
  delay: 20_003_603,
  late: 342_919,
};

/** The first row group of the file. */
export const SMALL_FIGURES: Figures = {
  flights: 272_727,
  origins: 223,
  distance: 198_980_910,
  delay: 2_109_807,
  late: 33_814,
};

/** Airports of the replicated table. */
export const AIRPORTS = 3376;

/** The figures that differ, one line each; empty when all agree. */
export function compareFigures(found: Partial<Figures>, known: Figures): string[] {
  return (Object.keys(known) as (keyof Figures)[])
    .filter((name) => found[name] !== known[name])
    .map((name) => `${name}: found ${found[name]}, known ${known[name]}`);
}
