import { messageOf } from '../../values/as-error.js';
import { replacedText } from '../../values/byte-string.js';
import type { CelProgram } from '../../values/cel/cel-program.js';
import { compileGoRegexp, type GoRegexp, type Span } from '../../values/go/go-regexp.js';
import { joined, type OwnBytes } from '../../values/held-bytes.js';
import { hasTooLargeNumber, jsonExcess } from '../../values/json-bounds.js';
import { textOf } from '../error-text.js';

/** A check as it is handed to another thread: nothing but data. Bytes are UTF-8, in pieces. */
export type CheckTask =
  | { readonly kind: 'test'; readonly patterns: readonly string[]; readonly texts: readonly (string | Pieces)[] }
  | { readonly kind: 'locate'; readonly pattern: string; readonly text: string }
  | { readonly kind: 'compile'; readonly language: SourceLanguage; readonly source: string }
  | { readonly kind: 'cel'; readonly json: Pieces; readonly expressions: CelExpressions };

/** What the text of a `compile` task is. */
export type SourceLanguage = 'regexp' | 'cel';

/** Bytes in pieces, each of which has memory of its own: that goes to the thread with them. */
export type Pieces = readonly OwnBytes[];

/** The CEL expressions of a module, as text. */
export interface CelExpressions {
  /** Must not hold. */
  readonly matches?: string;
  /** Must hold. */
  readonly notMatches?: string;
}

/**
 * The answer, by kind of task: for each text, whether each pattern matches; the spans of a pattern and its groups; why
 * a source does not compile; the problem of a JSON text. Undefined if there is none.
 */
export type CheckAnswer =
  readonly (readonly boolean[])[] | readonly (Span | undefined)[] | string | CelVerdict | undefined;

/** The problem of a JSON text: it cannot be read, or a CEL expression cannot be evaluated or gives the wrong result. */
export type CelVerdict =
  | { readonly problem: 'malformed' | 'too_complex'; readonly err: string }
  | { readonly problem: 'not_evaluable'; readonly expression: string; readonly err: string }
  | { readonly problem: 'unwanted'; readonly expression: string; readonly matched: boolean };

/** Programs and patterns that a thread keeps compiled. */
const MOST_KEPT = 64;
const regexps = new Map<string, GoRegexp>();
const programs = new Map<string, Promise<CelProgram>>();

/** Does what a task says. Its patterns and expressions have been compiled before, so that they are sound. */
export async function performCheck(task: CheckTask): Promise<CheckAnswer> {
  switch (task.kind) {
    case 'test': {
      const patterns = task.patterns.map((source) => kept(regexps, source, compileGoRegexp));
      return task.texts.map(asText).map((text) => patterns.map((pattern) => pattern.test(text)));
    }
    case 'locate':
      return kept(regexps, task.pattern, compileGoRegexp).locate(task.text);
    case 'compile':
      return compileProblem(task.language, task.source);
    case 'cel': {
      // CEL's implementation is large; only a thread that needs it loads it.
      const { compileCel } = await import('../../values/cel/cel-program.js');
      const programOf = async (expression: string | undefined): Promise<CelProgram | undefined> =>
        expression === undefined ? undefined : await kept(programs, expression, compileCel);
      const { matches, notMatches } = task.expressions;
      return judgeJson(asText(task.json), await programOf(matches), await programOf(notMatches));
    }
  }
}

/** Compiles a source, and returns the message of what is wrong with it, or undefined. */
export async function compileProblem(language: SourceLanguage, source: string): Promise<string | undefined> {
  try {
    if (language === 'regexp') compileGoRegexp(source);
    else {
      // The CEL library is large, so it is loaded only for configurations that use it.
      const { compileCel } = await import('../../values/cel/cel-program.js');
      await compileCel(source);
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Judges a JSON text by CEL programs: `matches` must evaluate to false, `notMatches` to true. Undefined if the text
 * passes.
 */
export function judgeJson(
  text: string,
  matches: CelProgram | undefined,
  notMatches: CelProgram | undefined,
): CelVerdict | undefined {
  const excess = jsonExcess(text);
  if (excess !== undefined) return { problem: 'too_complex', err: excess };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: 'malformed', err: textOf(error) };
  }
  if (hasTooLargeNumber(text, value)) return { problem: 'malformed', err: 'a number beyond the range of a float64' };
  return evaluate(matches, value, true) ?? evaluate(notMatches, value, false);
}

function evaluate(program: CelProgram | undefined, value: unknown, unwanted: boolean): CelVerdict | undefined {
  if (program === undefined) return undefined;
  const { expression } = program;
  try {
    return program.evaluate(value) === unwanted ? { problem: 'unwanted', expression, matched: unwanted } : undefined;
  } catch (error) {
    return { problem: 'not_evaluable', expression, err: textOf(error) };
  }
}

function asText(text: string | Pieces): string {
  return typeof text === 'string' ? text : replacedText(joined(text));
}

function kept<T>(known: Map<string, T>, source: string, compile: (source: string) => T): T {
  const found = known.get(source);
  if (found !== undefined) return found;
  if (known.size >= MOST_KEPT) known.clear();
  const made = compile(source);
  known.set(source, made);
  return made;
}
