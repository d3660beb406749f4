import type { parse } from '@bufbuild/cel';

/** The syntax tree of an expression. */
export type CelExpression = ReturnType<typeof parse>['expr'];

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
