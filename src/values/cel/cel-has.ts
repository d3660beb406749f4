import type * as Cel from '@bufbuild/cel';
import { type CelExpression, partsOf } from './cel-parts.js';

/** A name that nobody can write. */
const HAS = '@has';

/**
 * What `has(operand.field)` is in upstream's library: an error where the operand is a list, of which the library's own
 * macro says that it has no such field. Nothing else has fields but maps.
 */
export function hasFunction({ celFunc, CelScalar, isCelList, isCelMap }: typeof Cel): Cel.CelFunc {
  return celFunc(HAS, [CelScalar.DYN, CelScalar.STRING], CelScalar.BOOL, (operand, field) => {
    if (isCelList(operand)) throw new Error(`unsupported index type 'string' in list: ${field}`);
    return isCelMap(operand) && operand.has(field);
  });
}

/** Has the function above called in the place of each `has` of an expression. */
export function callHas(expression: CelExpression, { parse }: typeof Cel): void {
  const open: (CelExpression | undefined)[] = [expression];
  while (open.length > 0) {
    const next = open.pop();
    if (next === undefined) continue;
    const { exprKind } = next;
    if (exprKind.case === 'comprehensionExpr') {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      open.push(iterRange, accuInit, loopCondition, loopStep, result);
    } else open.push(...partsOf(next));
    if (exprKind.case !== 'selectExpr' || !exprKind.value.testOnly || exprKind.value.operand === undefined) continue;
    const call = parse(`call(body, ${JSON.stringify(exprKind.value.field)})`).expr.exprKind;
    if (call.case !== 'callExpr') continue;
    call.value.function = HAS;
    call.value.args[0] = exprKind.value.operand;
    next.exprKind = call;
  }
}
