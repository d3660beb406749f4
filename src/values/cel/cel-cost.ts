import { type CelExpression, partsOf } from './cel-parts.js';

type Expression = CelExpression | undefined;

/** Operators and functions that go through their whole operand, so that they cost as much as another nested loop. */
const READS_WHOLE_OPERAND = new Set(['@in', '_==_', '_!=_', '_+_', 'matches', 'contains']);

/**
 * Returns how deep the loops over the body are nested in an expression. The work grows with the body's length to this
 * power.
 */
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
  const goesThrough = exprKind.case === 'callExpr' && READS_WHOLE_OPERAND.has(exprKind.value.function);
  const own = isInLoop && goesThrough && parts.every(isUnbounded) ? 1 : 0;
  return Math.max(own, deepest(parts));
}

/** The length of a literal does not depend on the body. */
function isUnbounded(expression: Expression): boolean {
  return expression?.exprKind.case !== 'constExpr';
}
