/** What a run has shown, as lines: shares of plan classes, refusals by reason, differences. */
import type { Outcome } from './run-suite.js';

/** Statements listed of a kind at most. */
const SHOWN = 30;

export interface Report {
  readonly statements: number;
  /** How many statements had each class of plan. */
  readonly classes: Readonly<Record<string, number>>;
  /** How many were refused for each reason. */
  readonly refusals: Readonly<Record<string, number>>;
  /** The statements that were refused. */
  readonly refused: readonly string[];
  /** Statements whose answer is right to have no rows: they prove little. */
  readonly empty: readonly string[];
  /** Each with its statement. */
  readonly differences: readonly string[];
}

export function reportOf(outcomes: readonly Outcome[]): Report {
  const answered = outcomes.filter(({ verdict }) => verdict !== 'refused');
  const refused = outcomes.filter(({ verdict }) => verdict === 'refused');
  return {
    statements: outcomes.length,
    classes: { ...tally(answered.map((one) => one.planClass)), refused: refused.length },
    refusals: tally(refused.map(({ reason }) => reason ?? '')),
    refused: refused.map(({ statement: { sql, params = [] } }) => shown(sql, params)),
    empty: outcomes
      .filter(({ rows, planClass }) => rows === 0 && planClass !== 'error')
      .map(({ statement }) => statement.name),
    differences: outcomes
      .filter(({ verdict }) => verdict === 'different')
      .map(({ statement: { name, sql, params = [] }, planClass, reason }) => {
        return `${name} (${planClass}): ${reason}\n    ${shown(sql, params)}`;
      }),
  };
}

/** Statements that a pull answers or that are refused, of all that the oracle answers. */
export function pulledOrRefused({ classes, statements }: Report): number {
  return ((classes.pull ?? 0) + (classes.refused ?? 0)) / Math.max(statements, 1);
}

export function reportLines(title: string, report: Report): string[] {
  const share = (count: number): string => `${((100 * count) / report.statements).toFixed(1)} %`;
  const classes = Object.entries(report.classes)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count} (${share(count)})`);
  return [
    `${title}: ${report.statements} statements, ${report.differences.length} differ`,
    `  ${classes.join(', ')}`,
    ...Object.entries(report.refusals).map(([reason, count]) => `  refused ${count} × ${reason}`),
    ...report.refused.slice(0, SHOWN).map((sql) => `  refused, for example ${sql}`),
    ...(report.empty.length === 0 ? [] : [`  without rows: ${emptyShown(report.empty)}`]),
    ...report.differences.map((difference) => `  DIFFERS ${difference}`),
  ];
}

/** How often each occurs, the most frequent first. */
function tally(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function shown(sql: string, params: readonly unknown[]): string {
  const values = params.length === 0 ? '' : ` with ${JSON.stringify(params)}`;
  return `${sql.trim().replaceAll('\n', '\n    ')}${values}`;
}

function emptyShown(names: readonly string[]): string {
  return names.length > SHOWN ? `${names.length} statements` : names.join(', ');
}
