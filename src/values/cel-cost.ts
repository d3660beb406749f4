import type { parse } from '@bufbuild/cel';

type Expression = ReturnType<typeof parse>['expr'] | undefined;

/** Within a loop, these go through what they are given as a loop of their own would. */
const GOES_THROUGH = new Set(['@in', '_==_', '_!=_', '_+_', 'matches', 'contains']);

/** How many loops over the body an expression has within each other: its work grows with the body's length to this power. */
export function nestingOf(expression: Expression, isInLoop = false): number {
  if (expression === undefined) return 0;
  const deepest = (parts: readonly Expression[], inLoop = isInLoop): number =>
    parts.reduce((most, part) => Math.max(most, nestingOf(part, inLoop)), 0);
  const { exprKind } = expression;
  switch (exprKind.case) {
    case 'selectExpr':
      return nestingOf(exprKind.value.operand, isInLoop);
    case 'callExpr': {
      const { function: name, target, args } = exprKind.value;
      const operands = target === undefined ? args : [target, ...args];
      const own = isInLoop && GOES_THROUGH.has(name) && operands.every(isUnbounded) ? 1 : 0;
      return Math.max(own, deepest(operands));
    }
    case 'listExpr':
      return deepest(exprKind.value.elements);
    case 'structExpr':
      return deepest(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return Math.max(deepest([iterRange, accuInit, result]), 1 + deepest([loopCondition, loopStep], true));
    }
    default:
      return 0;
  }
}

/** A literal's length does not depend on the body's. */
function isUnbounded(expression: Expression): boolean {
  return expression?.exprKind.case !== 'constExpr';
}
