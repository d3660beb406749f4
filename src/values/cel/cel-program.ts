import type * as Cel from '@bufbuild/cel';
import { messageOf } from '../as-error.js';
import { loopTurns } from '../loop-turns.js';
import { castFunctions } from './cel-casts.js';
import { nestingOf } from './cel-cost.js';
import { callHas, hasFunction } from './cel-has.js';
import { celJson } from './cel-json.js';
import { undeclared } from './cel-names.js';
import { isDeeperThan } from './cel-parts.js';

/** A compiled CEL expression over `body`, the parsed JSON of a reply. */
export interface CelProgram {
  readonly expression: string;
  /** Evaluates the expression; all numbers in `body` are doubles. Throws CelEvaluationError or CelTypeError. */
  readonly evaluate: (body: unknown) => boolean;
  /** The nesting of loops over the body. The work grows with the body's length to this power. */
  readonly nesting: number;
}

/** The text is not a CEL expression over `body`. */
export class CelParseError extends Error {
  override readonly name = 'CelParseError';
}

/** The expression cannot be evaluated for this body: a field is missing, or the types of operands do not match. */
export class CelEvaluationError extends Error {
  override readonly name = 'CelEvaluationError';
}

/** The result of the expression is not a boolean. */
export class CelTypeError extends Error {
  override readonly name = 'CelTypeError';
}

/**
 * The longest expression, in characters. Parsing it would hold up everybody else: 200,000 characters take 1.3 s. The
 * bound of upstream's library is 100,000.
 */
const LONGEST_EXPRESSION = 10_000;

/**
 * The longest expression that is compiled where others wait, in characters: that takes a few milliseconds, 6,000 take
 * 50 to 200.
 */
const LONGEST_QUICK = 500;

/** The library, once it is loaded. That takes 35 to 50 ms in one go, since it consists of large tables. */
let library: typeof Cel | undefined;
let isLoadedElsewhere = false;

/**
 * From here on the event loop of this thread has other work: if the library is not loaded by now, only threads load it.
 */
export function loadCelElsewhere(): void {
  isLoadedElsewhere = true;
}

/** Whether compiling an expression takes so little time that it may be done on the event loop. */
export function isQuickCel({ length }: { readonly length: number }): boolean {
  return length <= LONGEST_QUICK && (library !== undefined || !isLoadedElsewhere);
}

/**
 * The library's parser tries a bracket in several ways, so that its work grows with more than the square of those that
 * are open: 400 of them took 4 s. Upstream's has a bound of 250.
 */
const DEEPEST_BRACKETS = 64;

/** Levels of an expression, as in upstream's library: `a.b.c` has three. The library goes through them by recursion. */
const MOST_LEVELS = 250;
const STRINGS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

function deepestBrackets(expression: string): number {
  let open = 0;
  let deepest = 0;
  for (const character of expression.replace(STRINGS, '')) {
    if ('([{'.includes(character)) deepest = Math.max(deepest, ++open);
    else if (')]}'.includes(character)) open = Math.max(0, open - 1);
  }
  return deepest;
}

/**
 * Compiles an expression. Rejects with a CelParseError if it is too long, the syntax is wrong or a name does not exist.
 * The CEL library is loaded by the first call, since few configurations need it. Unlike upstream's it does not check
 * types, so an operator with a wrong type fails during evaluation.
 */
export async function compileCel(expression: string): Promise<CelProgram> {
  if (expression.length > LONGEST_EXPRESSION) {
    const { length } = expression;
    throw new CelParseError(`the expression is longer than ${LONGEST_EXPRESSION} characters (${length}); split it`);
  }
  if (deepestBrackets(expression) > DEEPEST_BRACKETS) {
    throw new CelParseError(`the expression nests too deeply: more than ${DEEPEST_BRACKETS} brackets are open at once`);
  }
  library ??= await import('@bufbuild/cel');
  // The modules of a file ask for their programs together, and one takes milliseconds.
  if (loopTurns.isOver()) await loopTurns.next();
  try {
    return compileWith(library, expression);
  } catch (error) {
    // The library's parser walks through an expression by recursion.
    if (!(error instanceof RangeError)) throw error;
    throw new CelParseError('the expression nests too deeply', { cause: error });
  }
}

function compileWith(cel: typeof Cel, expression: string): CelProgram {
  const { CelScalar, celEnv, isCelError, parse, plan } = cel;
  const environment = celEnv({ variables: { body: CelScalar.DYN }, funcs: [hasFunction(cel), ...castFunctions(cel)] });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(expression);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new CelParseError(shortened(error), { cause: error });
  }
  if (isDeeperThan(parsed.expr, MOST_LEVELS)) {
    throw new CelParseError(`the expression nests too deeply: it has more than ${MOST_LEVELS} levels`);
  }
  const unknown = undeclared(parsed.expr, (name) => environment.funcs.find(name) !== undefined);
  if (unknown !== undefined) throw new CelParseError(unknown);
  const nesting = nestingOf(parsed.expr);
  callHas(parsed.expr, cel);
  const run = plan(environment, parsed);
  return {
    expression,
    nesting,
    evaluate: (body) => {
      const result = run({ body: celJson(body, cel) });
      if (isCelError(result)) throw new CelEvaluationError(result.message, { cause: result });
      if (typeof result !== 'boolean') throw new CelTypeError('CEL evaluation result is not a boolean');
      return result;
    },
  };
}

/** The parser lists everything that could have followed. The place where it stopped is enough. */
function shortened(error: unknown): string {
  const message = messageOf(error);
  return message.replace(/^<input>:1:(\d+): /, 'at column $1: ').replace(/ but expecting .*$/s, ' where it cannot be');
}
