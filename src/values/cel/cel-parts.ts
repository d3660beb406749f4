import type { parse } from '@bufbuild/cel';

/** The syntax tree of an expression. */
export type CelExpression = ReturnType<typeof parse>['expr'];

/** Whether an expression has more levels than that. Loops count only for what is in them. */
export function isDeeperThan(expression: CelExpression | undefined, levels: number): boolean {
  const open: (readonly [part: CelExpression | undefined, level: number])[] = [[expression, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [part, level] = next;
    if (part === undefined) continue;
    if (level > levels) return true;
    const { exprKind } = part;
    if (exprKind.case === 'comprehensionExpr') {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      for (const within of [iterRange, accuInit, loopCondition, loopStep, result]) open.push([within, level]);
    } else for (const within of partsOf(part)) open.push([within, level + 1]);
  }
  return false;
}

/** The expressions directly within another one, but for those of a comprehension, which have a scope of their own. */
export function partsOf({ exprKind }: NonNullable<CelExpression>): readonly (CelExpression | undefined)[] {
  switch (exprKind.case) {
    case 'selectExpr':
      return [exprKind.value.operand];
    case 'callExpr':
      return [exprKind.value.target, ...exprKind.value.args];
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return exprKind.value.entries.flatMap(({ keyKind, value }) => [
        keyKind.case === 'mapKey' ? keyKind.value : undefined,
        value,
      ]);
    default:
      return [];
  }
}
