import type { ExposedFamily } from '../../helpers/exposition.js';

type Families = ReadonlyMap<string, ExposedFamily>;

/** Two scrapes of the real exporter, and one of Sonde between them, of the same server. */
export interface Scrapes {
  readonly before: Families;
  readonly ours: Families;
  readonly after: Families;
}

/** A difference that is known, with its reason. */
export interface KnownDifference {
  /** Matches the line that tells of it. */
  readonly line: RegExp;
  readonly reason: string;
}

/** What is about the process of the exporter, whichever it is. */
const OF_THE_PROCESS = /^(?:go|process|nodejs|promhttp|sonde)_|_exporter_build_info$/;

/** Families whose values have no order in time, with what may lie between two looks at them: a part, and an amount. */
export interface Wobble {
  readonly family: RegExp;
  readonly part: number;
  readonly amount: number;
}

/**
 * Says in what Sonde differs, a line each: families, HELP, TYPE, series and values. A series may be missing that only
 * one of the two scrapes of the exporter has (it began at zero), and a value lies between theirs, or as near as
 * `wobbles` say.
 */
function compareScrapes({ before, ours, after }: Scrapes, wobbles: readonly Wobble[] = []): readonly string[] {
  const lines: string[] = [];
  for (const name of new Set([...before.keys(), ...after.keys(), ...ours.keys()])) {
    if (OF_THE_PROCESS.test(name)) continue;
    const [first, mine, last] = [before.get(name), ours.get(name), after.get(name)];
    if (mine === undefined) {
      if (first !== undefined && last !== undefined) lines.push(`only in the exporter: ${name}`);
    } else if (first === undefined && last === undefined) lines.push(`only in Sonde: ${name}`);
    else lines.push(...compareFamily(name, { first, mine, last }, wobbles));
  }
  return lines.sort();
}

interface Three {
  readonly first: ExposedFamily | undefined;
  readonly mine: ExposedFamily;
  readonly last: ExposedFamily | undefined;
}

function compareFamily(name: string, { first, mine, last }: Three, wobbles: readonly Wobble[]): readonly string[] {
  const theirs = first ?? last;
  const lines: string[] = [];
  if (theirs?.help !== mine.help) lines.push(`help of ${name}: ${theirs?.help ?? ''} | ${mine.help}`);
  if (theirs?.type !== mine.type) lines.push(`type of ${name}: ${theirs?.type ?? ''} | ${mine.type}`);
  const wobble = wobbles.find(({ family }) => family.test(name));
  for (const series of new Set([
    ...(first?.series.keys() ?? []),
    ...(last?.series.keys() ?? []),
    ...mine.series.keys(),
  ])) {
    const [a, value, b] = [first?.series.get(series), mine.series.get(series), last?.series.get(series)];
    if (value === undefined) {
      if (a !== undefined && b !== undefined) lines.push(`series only in the exporter: ${series}`);
    } else if (a === undefined && b === undefined) lines.push(`series only in Sonde: ${series}`);
    // What is gone from the second scrape may have moved before it went: there is nothing to compare with.
    else if (b !== undefined && !isBetween(Number(value), [Number(a ?? 0), Number(b)], wobble)) {
      lines.push(`value of ${series}: ${a ?? ''} … ${b} | ${value}`);
    }
  }
  return lines;
}

function isBetween(value: number, bounds: readonly [number, number], wobble?: Wobble): boolean {
  if (Number.isNaN(value)) return bounds.some(Number.isNaN);
  const [low, high] = [Math.min(...bounds), Math.max(...bounds)];
  const slack = wobble === undefined ? 0 : wobble.amount + wobble.part * Math.max(Math.abs(low), Math.abs(high));
  return value >= low - slack && value <= high + slack;
}

/** The looks at a server that moves: a difference of the programs shows in each of them, one of the moment does not. */
const LOOKS = 6;

export interface Comparison {
  /** Begins each line. */
  readonly name: string;
  readonly wobbles: readonly Wobble[];
  readonly known?: readonly KnownDifference[];
  /** Takes the known differences that were seen. */
  readonly met?: Set<KnownDifference>;
  /** Says what else a look has to show and does not, a line each: a busy machine lets a scrape come to no end. */
  readonly lacking?: (scrapes: Scrapes) => readonly string[];
}

/** What is wrong with the gauge, such as `redis_up`, by which a scrape says whether the server could be asked. */
export function wrongUp({ before, ours }: Scrapes, gauge: string, wanted: 0 | 1): readonly string[] {
  const said = [before, ours].map((families) => [...(families.get(gauge)?.series.values() ?? [])].join());
  return said.every((value) => value === `${wanted}`) ? [] : [`${gauge} is to be ${wanted}: ${said.join(' | ')}`];
}

/** The differences that are not known, of the last of up to six looks. None, if one look shows none. */
export async function findDifferences(
  scrape: () => Promise<Scrapes>,
  { name, wobbles, known = [], met = new Set(), lacking = () => [] }: Comparison,
): Promise<readonly string[]> {
  let unknown: readonly string[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const scrapes = await scrape();
    const lines = [...lacking(scrapes), ...compareScrapes(scrapes, wobbles)].map((line) => `${name}: ${line}`);
    unknown = unknownLines(lines, known, met);
    if (unknown.length === 0) break;
  }
  return unknown;
}

/** The lines that are not known. Each that is known is noted in `met`. */
function unknownLines(
  lines: readonly string[],
  known: readonly KnownDifference[],
  met: Set<KnownDifference>,
): readonly string[] {
  return lines.filter((line) => {
    const difference = known.find((each) => each.line.test(line));
    if (difference !== undefined) met.add(difference);
    return difference === undefined;
  });
}
