import { RE2JS } from 're2js';
import { uniqueGroupNames } from './unique-group-names.js';

/** A regular expression with Go's syntax and meaning (RE2), unanchored; takes time linear in the text. */
export interface GoRegexp {
  readonly source: string;
  readonly test: (text: string) => boolean;
  /** Where the groups of the first match lie, the whole match first; undefined if there is none, and for a group that took no part. */
  readonly locate: (text: string) => readonly (Span | undefined)[] | undefined;
  /** Milliseconds that `test` may take for a text of so many UTF-16 units, on a machine of today. */
  readonly testMilliseconds: (length: number) => number;
  /** The same for `locate`. */
  readonly locateMilliseconds: (length: number) => number;
  /** The numbers of the groups of each name, in rising order: as in Go, several may have the same. */
  readonly groupNames: ReadonlyMap<string, readonly number[]>;
}

/** A part of a text, in UTF-16 units; `end` is not in it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What one UTF-16 unit of a text takes, in milliseconds, as measured with patterns of 8 to 1,900 instructions on texts that they nearly match: an automaton
 * that is made while it runs for `test`; a walk through all instructions where groups are asked for; a search for what has no special character.
 */
const LITERAL_MS = 10e-6;
const TEST_MS = 300e-6;
const TEST_MS_OF_INSTRUCTION = 3e-6;
const LOCATE_MS_OF_INSTRUCTION = 100e-6;

/** A pattern that means itself. */
const LITERAL = /^[^\\^$.*+?()[\]{}|]*$/;

/** Compiles a pattern; throws an Error whose text is Go's, such as ``error parsing regexp: missing closing ]: `[` ``. */
export function compileGoRegexp(source: string): GoRegexp {
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
    // The message quotes the pattern; it must be the one that was given.
    const message = error.message.replace(/<([A-Za-z0-9_]+)>/g, (text, name: string) => {
      const original = originals.get(name);
      return original === undefined ? text : `<${original}>`;
    });
    throw new Error(message, { cause: error });
  }
}
