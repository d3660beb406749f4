// The small changes that `npm run mutate` makes to a TypeScript file, one at a time: each is wrong in a way that a test
// should see.
import ts from 'typescript';

/** Each operator with the one that is put in its place. */
const OPERATORS = new Map([
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
  ['===', '!=='],
  ['!==', '==='],
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['/', '*'],
  ['&&', '||'],
  ['||', '&&'],
  ['&', '|'],
  ['|', '&'],
  ['<<', '>>'],
  ['>>', '<<'],
]);

const isCondition = (node) =>
  (ts.isIfStatement(node.parent) || ts.isWhileStatement(node.parent)) && node.parent.expression === node;

/** What may be put in the place of `node`: the range that is replaced and its new text; undefined if nothing. */
function mutationOf(node, source) {
  const at = (part, text) => ({ start: part.getStart(source), end: part.getEnd(), text });
  if (ts.isBinaryExpression(node)) {
    const text = OPERATORS.get(node.operatorToken.getText(source));
    return text && at(node.operatorToken, text);
  }
  if (ts.isNumericLiteral(node)) return at(node, `(${node.getText(source)} + 1)`);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return at(node, 'false');
  if (node.kind === ts.SyntaxKind.FalseKeyword) return at(node, 'true');
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return at(node, `(${node.operand.getText(source)})`);
  }
  if (node.parent !== undefined && isCondition(node) && !ts.isBinaryExpression(node))
    return at(node, `!(${node.getText(source)})`);
  return undefined;
}

/**
 * Every mutation of a file, in the order of the text: `{ start, end, text, line, column, from }`, where `text` takes
 * the place of the characters from `start` to `end`, which were `from`. Types and the names of properties stay as they
 * are.
 */
export function mutationsOf(fileName, text) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2023, true);
  const found = [];
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) {
      if (node.initializer) visit(node.initializer);
      return;
    }
    const mutation = mutationOf(node, source);
    if (mutation) {
      const { line, character } = source.getLineAndCharacterOfPosition(mutation.start);
      found.push({
        ...mutation,
        line: line + 1,
        column: character + 1,
        from: text.slice(mutation.start, mutation.end),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.sort((one, other) => one.start - other.start);
}

/** The file with one mutation in it, compiled as the build compiles it. */
export function compileMutant(fileName, text, { start, end, text: replacement }) {
  const { outputText } = ts.transpileModule(text.slice(0, start) + replacement + text.slice(end), {
    fileName,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  return outputText;
}

/** At most `limit` of a list, spread evenly over it; always the same ones. */
export function sample(list, limit) {
  if (list.length <= limit) return list;
  return Array.from({ length: limit }, (_, index) => list[Math.floor((index * list.length) / limit)]);
}
