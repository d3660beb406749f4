import type { CelInput } from '@bufbuild/cel';
import { nestingOf } from './cel-cost.js';
import { undeclared } from './cel-names.js';

/** A compiled CEL expression over `body`, the parsed JSON of an answer. */
export interface CelProgram {
  readonly expression: string;
  /** What the expression says of `body`, whose numbers are doubles. Throws CelEvaluationError or CelTypeError. */
  readonly evaluate: (body: unknown) => boolean;
  /** How many loops over the body are within each other: the work grows with the body's length to this power. */
  readonly nesting: number;
}

/** The text is no CEL expression over `body`. */
export class CelParseError extends Error {
  override readonly name = 'CelParseError';
}

/** The expression cannot be evaluated for this body: a missing field, operands that do not go together. */
export class CelEvaluationError extends Error {
  override readonly name = 'CelEvaluationError';
}

/** The expression gave something other than true or false. */
export class CelTypeError extends Error {
  override readonly name = 'CelTypeError';
}

/**
 * Compiles an expression; rejects with a CelParseError if it is none, or uses names that do not exist. CEL's implementation is loaded by the
 * first call, since few configurations need it. Unlike upstream's it checks no types, so an operator for the wrong type fails when evaluated.
 */
export async function compileCel(expression: string): Promise<CelProgram> {
  const { CelScalar, celEnv, isCelError, parse, plan } = await import('@bufbuild/cel');
  const environment = celEnv({ variables: { body: CelScalar.DYN } });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(expression);
  } catch (error) {
    throw new CelParseError(shortened(error), { cause: error });
  }
  const unknown = undeclared(parsed.expr, (name) => environment.funcs.find(name) !== undefined);
  if (unknown !== undefined) throw new CelParseError(unknown);
  const run = plan(environment, parsed);
  return {
    expression,
    nesting: nestingOf(parsed.expr),
    evaluate: (body) => {
      // Parsed JSON is made of just the types that CEL takes as input.
      const result = run({ body: body as CelInput });
      if (isCelError(result)) throw new CelEvaluationError(result.message, { cause: result });
      if (typeof result !== 'boolean') throw new CelTypeError('CEL evaluation result is not a boolean');
      return result;
    },
  };
}

/** The parser lists everything that could have followed; where it stopped is enough. */
function shortened(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^<input>:1:(\d+): /, 'at column $1: ').replace(/ but expecting .*$/s, ' where it cannot be');
}
