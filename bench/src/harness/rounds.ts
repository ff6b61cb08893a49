/** One run's place and outcome. */
export interface Run<Outcome> {
  readonly round: number;
  readonly contender: string;
  readonly outcome: Outcome;
}

/**
 * Runs every contender once a round, in turns. The order is rotated from round to round, so no contender always
 * follows the same neighbour or always comes first.
 */
export async function runRounds<Outcome>(
  contenders: readonly string[],
  rounds: number,
  runOnce: (contender: string, round: number) => Promise<Outcome>,
): Promise<Run<Outcome>[]> {
  const runs: Run<Outcome>[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const contender of rotate(contenders, round)) {
      runs.push({ round, contender, outcome: await runOnce(contender, round) });
    }
  }
  return runs;
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
