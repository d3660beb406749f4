import { partsOf } from './cel-parts.js';
import type { CelExpression } from './cel-parts.js';

type Expression = CelExpression | undefined;

/** Within a loop, these go through what they are given as a loop of their own would. */
const GOES_THROUGH = new Set(['@in', '_==_', '_!=_', '_+_', 'matches', 'contains']);

/** How many loops over the body an expression has within each other: its work grows with the body's length to this power. */
export function nestingOf(expression: Expression, isInLoop = false): number {
  if (expression === undefined) return 0;
  const deepest = (parts: readonly Expression[], inLoop = isInLoop): number =>
    parts.reduce((most, part) => Math.max(most, nestingOf(part, inLoop)), 0);
  const { exprKind } = expression;
  if (exprKind.case === 'comprehensionExpr') {
    const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
    return Math.max(deepest([iterRange, accuInit, result]), 1 + deepest([loopCondition, loopStep], true));
  }
  const parts = partsOf(expression);
  const goesThrough = exprKind.case === 'callExpr' && GOES_THROUGH.has(exprKind.value.function);
  const own = isInLoop && goesThrough && parts.every(isUnbounded) ? 1 : 0;
  return Math.max(own, deepest(parts));
}

/** A literal's length does not depend on the body's. */
function isUnbounded(expression: Expression): boolean {
  return expression?.exprKind.case !== 'constExpr';
}
