import { type CelExpression, partsOf } from './cel-parts.js';

/** Names that every CEL expression knows: the types, and the first part of the names of well-known messages. */
const PREDECLARED = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'null_type', 'type', 'google'];
/** Functions that are not in the function table. */
const BUILT_IN = new Set(['dyn', 'type']);

/**
 * The message for the first name or function of a CEL expression over `body` that does not exist; undefined if all
 * exist.
 */
export function undeclared(expression: CelExpression, hasFunction: (name: string) => boolean): string | undefined {
  return missing(expression, new Set(['body', ...PREDECLARED]), hasFunction);
}

function missing(
  expression: CelExpression | undefined,
  names: ReadonlySet<string>,
  hasFunction: (name: string) => boolean,
): string | undefined {
  if (expression === undefined) return undefined;
  const first = (parts: readonly (CelExpression | undefined)[], scope = names): string | undefined => {
    for (const part of parts) {
      const found = missing(part, scope, hasFunction);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const { exprKind } = expression;
  if (exprKind.case === 'identExpr') {
    const name = exprKind.value.name.replace(/^\./, '');
    return names.has(name) ? undefined : `undeclared reference to "${name}"; the only variable is body`;
  }
  if (exprKind.case === 'comprehensionExpr') {
    const { accuVar, iterVar, iterVar2, iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
    const inside = new Set([...names, accuVar, iterVar, iterVar2]);
    return first([iterRange, accuInit]) ?? first([loopCondition, loopStep, result], inside);
  }
  if (exprKind.case === 'callExpr') {
    const { function: name } = exprKind.value;
    // Operators and what macros expand to bear names such as _[_] and @not_strictly_false, and are all there.
    if (/^[A-Za-z]/.test(name) && !BUILT_IN.has(name) && !hasFunction(name)) return `there is no function "${name}"`;
  }
  return first(partsOf(expression));
}
