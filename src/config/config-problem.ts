import type { PathStep } from '../values/config-error.js';
import type { Steps } from '../values/in-slices.js';

/** One mistake in a configuration file. */
export interface ConfigProblem {
  /**
   * Where the mistake is, in UTF-16 units from the start of the text. It is undefined if the mistake has no single
   * place.
   */
  readonly offset?: number;
  /** The place of the earlier text that this contradicts. */
  readonly before?: number;
  /** The path of the value; empty for the whole file. */
  readonly path: readonly PathStep[];
  /** The mistake, and what would be right. It never contains a secret. */
  readonly message: string;
}

/** A configuration file cannot be used. `problems` has one line for each mistake. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
  readonly problems: readonly string[];
  readonly start: string;

  /** `start` begins the message, as upstream's does, such as `error parsing config file`. */
  constructor(start: string, problems: readonly string[], options?: ErrorOptions) {
    super(`${start}: ${problems.join('\n')}`, options);
    this.problems = problems;
    this.start = start;
  }
}

/**
 * Writes a path as `modules.http_2xx.http.valid_status_codes[0]`. Keys that are not plain words are quoted in brackets.
 */
export function formatPath(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** Gives `line:column` of an offset, both counted from one. */
export type LineFinder = (offset: number) => string;

/** Writes the problems as lines `file:line:col: path: message`, in the order of the file; one in a step. */
export function* formatProblems(
  problems: readonly ConfigProblem[],
  fileName: string,
  lineAt: LineFinder,
): Steps<readonly string[]> {
  const lines: string[] = [];
  for (const problem of problems.toSorted((a, b) => (a.offset ?? -1) - (b.offset ?? -1))) {
    yield;
    const where = problem.offset === undefined ? '' : `:${lineAt(problem.offset)}`;
    const path = formatPath(problem.path);
    const before = problem.before === undefined ? '' : `; the first is at ${lineAt(problem.before)}`;
    lines.push(`${fileName}${where}: ${path === '' ? '' : `${path}: `}${problem.message}${before}`);
  }
  return lines;
}

const LF = 0x0a;
const CR = 0x0d;
/** Characters between two places whose line is known, and of one step. */
const STRETCH = 1024;

/**
 * Counts the lines of a text. Returns the function that finds the line of an offset. The text may be nothing but line
 * breaks, of which a list would grow to tens of megabytes: the line is kept once a stretch, and the rest counted again.
 */
export function* lineFinder(text: string): Steps<LineFinder> {
  const known: LinePlace[] = [];
  let place: LinePlace = { line: 1, start: 0 };
  for (let at = 0; at <= text.length; at += STRETCH) {
    yield;
    known.push(place);
    place = placeAt(text, { from: at, to: Math.min(at + STRETCH, text.length) }, place);
  }
  return (offset) => {
    const stretch = Math.min(Math.floor(offset / STRETCH), known.length - 1);
    const { line, start } = placeAt(text, { from: stretch * STRETCH, to: offset }, known[stretch] ?? place);
    return `${line}:${offset - start + 1}`;
  };
}

/** A line, counted from one, and the offset of its first character. */
interface LinePlace {
  readonly line: number;
  readonly start: number;
}

/** The place at `to`, if `before` is that at `from`. */
function placeAt(text: string, { from, to }: { from: number; to: number }, before: LinePlace): LinePlace {
  let { line, start } = before;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code !== LF && (code !== CR || text.charCodeAt(at + 1) === LF)) continue;
    line++;
    start = at + 1;
  }
  return { line, start };
}
