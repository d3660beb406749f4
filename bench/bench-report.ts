import type { BenchOptions } from './bench-options.js';
import type { Scenario } from './scenarios.js';

/** One program in one round of one scenario. */
export interface Round {
  readonly label: string;
  readonly isPeer: boolean;
  readonly probesPerSecond: number;
  readonly cpuMsPerProbe: number;
  readonly peakMib: number;
}

/** All rounds of a scenario; in each round every program had its turn. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly rounds: readonly (readonly Round[])[];
}

/** The middle value, the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}

const COLUMNS = ['', 'probes/s', 'CPU ms/probe', 'CPU to the peer', 'peak RSS MiB'] as const;

/** A table of all, or one a scenario: medians over the rounds; the ratio is the median of each round's own. */
export function describeResults(
  results: readonly ScenarioResult[],
  { markdown }: Pick<BenchOptions, 'markdown'>,
): string {
  if (!markdown) return results.map(describeScenario).join('\n');
  const rows = results.flatMap((result) => rowsOf(result).map((cells) => [result.scenario.title, ...cells]));
  const header = ['probe', 'program', ...COLUMNS.slice(1)];
  const rule = header.map((_, index) => (index < 2 ? '---' : '--:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function rowsOf({ rounds }: ScenarioResult): readonly (readonly string[])[] {
  const labels = [...new Set(rounds.flat().map(({ label }) => label))];
  return labels.map((label) => describeProgram(label, rounds));
}

function describeScenario(result: ScenarioResult): string {
  const rows = rowsOf(result);
  const widths = COLUMNS.map((title, index) =>
    Math.max(title.length, ...rows.map((cells) => (cells[index] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  return `${result.scenario.title}\n${[COLUMNS, ...rows].map(line).join('\n')}\n`;
}

function describeProgram(label: string, rounds: readonly (readonly Round[])[]): string[] {
  const own = rounds.flatMap((round) => round.filter((one) => one.label === label));
  const ratios = rounds.flatMap((round) => {
    const peer = round.find(({ isPeer }) => isPeer);
    const ours = round.find((one) => one.label === label);
    return peer === undefined || ours === undefined ? [] : [ours.cpuMsPerProbe / peer.cpuMsPerProbe];
  });
  return [
    label,
    median(own.map(({ probesPerSecond }) => probesPerSecond)).toFixed(0),
    median(own.map(({ cpuMsPerProbe }) => cpuMsPerProbe)).toFixed(3),
    ratios.length === 0 ? '-' : median(ratios).toFixed(2),
    Math.max(...own.map(({ peakMib }) => peakMib)).toFixed(0),
  ];
}
