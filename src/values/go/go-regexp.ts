import { RE2JS } from 're2js';
import { inSlices, type Steps } from '../in-slices.js';
import { loopTurns } from '../loop-turns.js';
import { patternSize } from './pattern-size.js';
import { groupNumbers, uniqueGroupNames } from './unique-group-names.js';

/**
 * A regular expression with Go's syntax and meaning (RE2), unanchored. Matching takes time linear in the length of the
 * text.
 */
export interface GoRegexp {
  readonly source: string;
  readonly test: (text: string) => boolean;
  /**
   * Returns where the groups of the first match are, the whole match first. The result is undefined if there is no
   * match, and an entry is undefined if its group took no part.
   */
  readonly locate: (text: string) => readonly (Span | undefined)[] | undefined;
  /** Estimates how many milliseconds `test` takes at most for a text of `length` UTF-16 units on a current machine. */
  readonly testMilliseconds: (length: number) => number;
  /** Estimates how many milliseconds `locate` takes at most for a text of `length` UTF-16 units. */
  readonly locateMilliseconds: (length: number) => number;
  /** The numbers of the groups of each name, ascending. As in Go, several groups may have the same name. */
  readonly groupNames: ReadonlyMap<string, readonly number[]>;
}

/** A part of a text in UTF-16 units, from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Milliseconds that one UTF-16 unit of a text costs, measured with patterns of 8 to 1,900 instructions on texts that
 * they nearly match. `test` runs an automaton that is built on the way; `locate` goes through all instructions at every
 * unit; a pattern without special characters is a plain search.
 */
const LITERAL_MS = 10e-6;
const TEST_MS = 300e-6;
const TEST_MS_OF_INSTRUCTION = 3e-6;
const LOCATE_MS_OF_INSTRUCTION = 100e-6;

/** A pattern without special characters. */
const LITERAL = /^[^\\^$.*+?()[\]{}|]*$/;

/**
 * The longest pattern, in characters, and the largest by `patternSize`. Compiling a larger one would hold up everybody
 * else: 300,000 characters take 2.5 s. Go has no such bound but one for memory, some 3 million instructions.
 */
const LONGEST_PATTERN = 10_000;
const LARGEST_PATTERN = 50_000;

/** The largest pattern, by `patternSize`, that is compiled where others wait: that takes a few milliseconds. */
export const LARGEST_QUICK = 1_000;

/** Whether compiling a pattern takes so little time that it may be done on the event loop. */
export function isQuickPattern(source: string): boolean {
  return source.length <= LARGEST_QUICK && patternSize(source) <= LARGEST_QUICK;
}

/**
 * Makes a pattern that is known to be sound. It is compiled at once unless it is large or this turn of the event loop
 * is over: a module may have thousands. The large ones are compiled when they are first used here, the others in turns
 * to come. Until then the estimates are infinite, so that `testTexts` and `locateIn` use the pattern in a thread.
 */
export function compileSoundRegexp(source: string): GoRegexp {
  const isQuick = isQuickPattern(source);
  if (isQuick && !loopTurns.isOver()) return compileGoRegexp(source);
  const pattern = new LaterRegexp(source, isQuick);
  if (isQuick) compileInTurns(pattern);
  return pattern;
}

/** A pattern that is compiled when it is asked for or used. */
class LaterRegexp implements GoRegexp {
  readonly source: string;
  readonly #isQuick: boolean;
  #compiled: GoRegexp | undefined;

  constructor(source: string, isQuick: boolean) {
    this.source = source;
    this.#isQuick = isQuick;
  }

  get groupNames(): GoRegexp['groupNames'] {
    return groupNumbers(this.source);
  }

  test(text: string): boolean {
    return this.compile().test(text);
  }

  locate(text: string): ReturnType<GoRegexp['locate']> {
    return this.compile().locate(text);
  }

  testMilliseconds(length: number): number {
    return this.#quick?.testMilliseconds(length) ?? Infinity;
  }

  locateMilliseconds(length: number): number {
    return this.#quick?.locateMilliseconds(length) ?? Infinity;
  }

  compile(): GoRegexp {
    return (this.#compiled ??= compileGoRegexp(this.source));
  }

  /** What tells the cost, which is known only of a pattern that is not large. */
  get #quick(): GoRegexp | undefined {
    return this.#isQuick ? this.#compiled : undefined;
  }
}

/** Patterns that are still to be compiled; those of modules that are gone by then are not. */
const waiting: WeakRef<LaterRegexp>[] = [];
let isCompiling = false;

function compileInTurns(pattern: LaterRegexp): void {
  waiting.push(new WeakRef(pattern));
  if (isCompiling) return;
  isCompiling = true;
  void inSlices(compileWaiting());
}

function* compileWaiting(): Steps<void> {
  for (const reference of waiting) {
    yield;
    try {
      reference.deref()?.compile();
    } catch {
      // A pattern that turns out not to be sound meets its error where it is used.
    }
  }
  waiting.length = 0;
  isCompiling = false;
}

/**
 * Compiles a pattern. Throws an Error with Go's text, such as ``error parsing regexp: missing closing ]: `[` ``, or one
 * that says that the pattern is too long.
 */
export function compileGoRegexp(source: string): GoRegexp {
  assertReasonable(source);
  const { compiled, groupNames } = compileNamed(source);
  const size = compiled.programSize();
  const testMs = LITERAL.test(source) ? LITERAL_MS : TEST_MS + TEST_MS_OF_INSTRUCTION * size;
  const locateMs = LOCATE_MS_OF_INSTRUCTION * size;
  return {
    source,
    test: (text) => compiled.test(text),
    locate: (text) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      const spans: (Span | undefined)[] = [];
      for (let index = 0; index <= matcher.groupCount(); index++) {
        const start = matcher.start(index);
        spans.push(start < 0 ? undefined : { start, end: matcher.end(index) });
      }
      return spans;
    },
    testMilliseconds: (length) => length * testMs,
    locateMilliseconds: (length) => length * locateMs,
    groupNames,
  };
}

function assertReasonable(source: string): void {
  if (source.length > LONGEST_PATTERN) {
    throw new Error(`the pattern is longer than ${LONGEST_PATTERN} characters (${source.length}); split it`);
  }
  const size = patternSize(source);
  if (size <= LARGEST_PATTERN) return;
  const rule = 'repeats count as written out, a class of Unicode as 100';
  throw new Error(`the pattern counts as ${size} characters, more than ${LARGEST_PATTERN} (${rule}); make it smaller`);
}

function compileNamed(source: string): Pick<GoRegexp, 'groupNames'> & { readonly compiled: RE2JS } {
  const { source: unique, originals } = uniqueGroupNames(source);
  try {
    const compiled = RE2JS.compile(unique);
    const groupNames = new Map<string, number[]>();
    for (const [name, number] of Object.entries(compiled.namedGroups()).toSorted(([, a], [, b]) => a - b)) {
      const original = originals.get(name) ?? name;
      const numbers = groupNames.get(original);
      if (numbers === undefined) groupNames.set(original, [number]);
      else numbers.push(number);
    }
    return { compiled, groupNames };
  } catch (error) {
    if (originals.size === 0 || !(error instanceof Error)) throw error;
    // The message quotes the pattern with the made-up names. It must quote the original.
    const message = error.message.replace(/<([A-Za-z0-9_]+)>/g, (text, name: string) => {
      const original = originals.get(name);
      return original === undefined ? text : `<${original}>`;
    });
    throw new Error(message, { cause: error });
  }
}
